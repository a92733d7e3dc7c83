"""Properties of Kestra's configuration that are ours, and the settings for them.

A property has many spellings: nested or dotted keys, `basicAuth` for `basic-auth`, and a variable
of the environment, `KESTRA_SERVER_BASIC_AUTH_USERNAME`. Two values of one would be a contest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kestra_provision.settings import passwords

_NO_SETTING = "no setting changes it"
_DATA = "profile, db_name and db_user say where its data is"
_TLS = "TLS ends at a proxy before Kestra, which kestra_url names"
_CHECKED = "the health check asks there"
#: Each with everything below it, and what to do instead; `*` is any one name.
OURS: Mapping[str, str] = {
    "datasources.*.url": _DATA,
    "datasources.*.driver-class-name": _DATA,
    "datasources.*.username": _DATA,
    "datasources.*.password": f"{passwords.DB} in .env",
    "kestra.repository.type": _DATA,
    "kestra.queue.type": _DATA,
    "kestra.url": "set kestra_url",
    "kestra.storage.type": _NO_SETTING,
    "kestra.storage.local.base-path": _NO_SETTING,
    "kestra.tasks.tmp-dir.path": _NO_SETTING,
    "kestra.encryption.secret-key": f"{passwords.ENCRYPTION} in .env",
    "kestra.server-type": _NO_SETTING,
    "kestra.server.termination-grace-period": _NO_SETTING,
    "kestra.server.basic-auth.enabled": _NO_SETTING,
    "kestra.server.basic-auth.username": "set basic_auth_username",
    "kestra.server.basic-auth.password": f"{passwords.BASIC_AUTH} in .env",
    "kestra.server.basic-auth.open-urls": "set kestra_open_urls",
    "kestra.jdbc.executor.thread-count": "set kestra_executor_threads",
    "kestra.worker.max-num-threads": "set kestra_worker_threads",
    "kestra.tutorial-flows.enabled": _NO_SETTING,
    "kestra.anonymous-usage-report.enabled": _NO_SETTING,
    "kestra.ui-anonymous-usage-report.enabled": _NO_SETTING,
    "micronaut.server.port": "set http_port",
    "micronaut.server.host": "set bind_address",
    "micronaut.server.context-path": _CHECKED,
    "micronaut.server.ssl": _TLS,
    "micronaut.ssl": _TLS,
    # With it Kestra asks nobody for a password.
    "micronaut.security.enabled": _NO_SETTING,
    "micronaut.config.files": "kestra_config is for keys of your own",
    "endpoints.all.port": "set management_port",
    "endpoints.all.path": _CHECKED,
    "endpoints.all.enabled": _CHECKED,
    "endpoints.all.basic-auth": _CHECKED,
    "endpoints.health.enabled": _CHECKED,
    "endpoints.stop.enabled": _NO_SETTING,
    "endpoints.env.enabled": _NO_SETTING,
    "logger.levels": "set kestra_log_levels",
    "logger.config": "set kestra_json_logs",
}


#: The one list of ours that an operator's own stands in.
PLUGIN_DEFAULTS = "kestra.plugins.defaults"


def spelled(key: str) -> str:
    """A key as Micronaut compares it: `basicAuth` and `basic_auth` are `basic-auth`."""
    plain = re.sub(r"\[(\d+)\]", r".\1", key).replace("_", "-")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain).lower()


def leaves(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every property of a tree, as Micronaut compares it, with its value."""
    for key, value in config.items():
        path = f"{above}.{spelled(key)}" if above else spelled(key)
        if isinstance(value, dict):
            yield from leaves(value, path)
        else:
            yield path, value


def in_one_place(config: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The same tree, with a list that has any spelling where the path says, as one list."""
    found, tree = _parted(config, path)
    if found:
        *above, name = path.split(".")
        inner: dict[str, Any] = tree
        for key in above:
            inner = inner.setdefault(key, {})
        inner[name] = found
    return tree


def unmergeable(path: str, value: Any) -> str | None:
    """Why a property cannot stand beside `PLUGIN_DEFAULTS` of ours; None when it can.

    + path: as `leaves` tells it
    """
    there = _is_at(path, PLUGIN_DEFAULTS) or _is_above(path, PLUGIN_DEFAULTS)
    if not there or (path == PLUGIN_DEFAULTS and isinstance(value, list)):
        return None
    return f"ours stand in {PLUGIN_DEFAULTS} too: give yours as one list of that name"


def ours(path: str) -> tuple[str, str] | None:
    """The property of ours that this one would change, and what to do instead.

    + path: as `leaves` tells it: of that property, of one below it, or of one that holds it
    """
    for own, instead in OURS.items():
        if _is_at(path, own) or _is_above(path, own):
            return own, instead
    return None


def ours_by_variable(name: str) -> tuple[str, str] | None:
    """The same for a variable of the environment."""
    for own, instead in OURS.items():
        words = [".+" if word == "*" else re.sub("[.-]", "_", word) for word in own.split(".")]
        if re.fullmatch(f"{'_'.join(words)}(_.*)?", name.lower()):
            return own, instead
    return None


def _parted(
    config: Mapping[str, Any], path: str, above: str = ""
) -> tuple[list[Any], dict[str, Any]]:
    """What a tree has at a path, and the tree without it."""
    found, rest = list[Any](), dict[str, Any]()
    for key, value in config.items():
        place = f"{above}.{spelled(key)}" if above else spelled(key)
        if place == path:
            found += value
        elif isinstance(value, dict):
            inner, left = _parted(value, path, place)
            found += inner
            if left or not inner:
                rest[key] = left
        else:
            rest[key] = value
    return found, rest


def _is_at(path: str, own: str) -> bool:
    """Itself, or below."""
    words, wanted = path.split("."), own.split(".")
    return len(words) >= len(wanted) and _alike(words, wanted)


def _is_above(path: str, own: str) -> bool:
    words, wanted = path.split("."), own.split(".")
    return len(words) < len(wanted) and _alike(words, wanted)


def _alike(words: list[str], wanted: list[str]) -> bool:
    return all(right in ("*", word) for word, right in zip(words, wanted, strict=False))
