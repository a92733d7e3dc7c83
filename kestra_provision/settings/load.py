"""Builds the settings of one host from layers.

Later wins: defaults, `group_data/all.py`, the profile's file, the laptop's `.env`, the
environment, groups and hosts of the inventory, `--data`. The laptop's own `.env` and environment
stand below the inventory because they hold for every host, and the inventory for this one.
"""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile, EnvFileError
from kestra_provision.settings.model import Settings
from kestra_provision.text.problem import Problem, SettingsError

#: Names in `.env` that are settings, as the set-ups before this one had them; others are secrets.
ENVIRONMENT_SETTINGS = {
    "KESTRA_HTTP_PORT": "http_port",
    "KESTRA_MANAGEMENT_PORT": "management_port",
    "KESTRA_DB_NAME": "db_name",
    "KESTRA_DB_USER": "db_user",
    "KESTRA_BASICAUTH_USERNAME": "basic_auth_username",
}
#: Fixed inside the stack: PostgreSQL is its own.
FIXED = {"KESTRA_DB_PORT": "5432"}
#: Follows from `postgres_container_name`, so it says nothing on the laptop.
DERIVED = "KESTRA_DB_HOST"
#: Host data with this prefix is the operator's own and none of ours.
OWN_DATA = "x_"


@dataclass(frozen=True)
class Origin:
    """A value and the layer it came from, for messages and `kestra-provision config`."""

    value: Any
    layer: str


Layers = Iterable[tuple[str, Mapping[str, Any]]]


def load(host: str, layers: Layers) -> Settings:
    """Returns the validated settings of `host`.

    + host: name for messages
    + layers: (layer name, values) pairs, weakest first

    Raises `SettingsError` with every problem found, each with where it stands and the fix.
    """
    origins = merge(layers)
    problems = [_unknown(key, origin) for key, origin in origins.items() if not _is_known(key)]
    values = {key: origin.value for key, origin in origins.items() if key in Settings.model_fields}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems += [p for detail in error.errors() for p in _problems(detail, origins)]
    if problems:
        raise SettingsError({host: problems})
    return settings


def merge(layers: Layers) -> dict[str, Origin]:
    """The winning value of each key with its layer; connector data and `x_…` are left out."""
    origins: dict[str, Origin] = {}
    for layer, values in layers:
        for key, value in values.items():
            if not _is_foreign(key):
                origins[key] = Origin(value, layer)
    return origins


def known_settings() -> list[str]:
    """Names an inventory may use."""
    return sorted(Settings.model_fields)


def operator_environment(
    directory: Path,
) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, str]]:
    """Reads the laptop's `.env` and environment.

    + directory: where `.env` may lie, normally the folder of `deploy.py`

    Returns the two layers of settings and the secrets the operator gives. Raises `SettingsError`
    for a `KESTRA_…` name in `.env` that means nothing, and for a secret that breaks its rule.
    """
    file = directory / ".env"
    written = _read(file)
    known = {*ENVIRONMENT_SETTINGS, *FIXED, DERIVED, *passwords.GIVEN}
    problems = [
        Problem(f"unknown name {name}", str(file), _nearest(name, known))
        for name in written
        if name.startswith("KESTRA_") and name not in known
    ]
    problems += [
        Problem(f"{name} is {fixed} inside the stack, not {written[name]}", str(file), "remove it")
        for name, fixed in FIXED.items()
        if written.get(name, fixed) != fixed
    ]
    secrets: dict[str, str] = {}
    for layer, values in ((str(file), written), ("environment", dict(os.environ))):
        for name in passwords.GIVEN:
            if value := values.get(name):
                secrets[name] = value
                if why := passwords.refusal(name, value):
                    generated = " and one is generated" if name in passwords.NAMES else ""
                    fix = f"choose another value, or remove it{generated}"
                    problems.append(Problem(f"{name} {why}", layer, fix))
    if problems:
        raise SettingsError({"all hosts": problems})
    return [(str(file), _settings_in(written)), ("environment", _settings_in(os.environ))], secrets


def _read(file: Path) -> dict[str, str]:
    """The laptop's `.env`. A line that is no `KEY=value` is refused: a secret may be on it."""
    if not file.is_file():
        return {}
    try:
        return EnvFile.parse(file.read_text(encoding="utf-8")).values
    except (EnvFileError, UnicodeDecodeError) as error:
        problem = Problem(str(error), str(file), "mend that line; the file must be UTF-8")
        raise SettingsError({"all hosts": [problem]}) from error


def _settings_in(values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, key in ENVIRONMENT_SETTINGS.items():
        if name in values:
            text = values[name]
            is_number = Settings.model_fields[key].annotation is int
            found[key] = int(text) if is_number and text.isascii() and text.isdigit() else text
    return found


def _is_foreign(key: str) -> bool:
    return key.startswith(("_", OWN_DATA)) or key in _connector_data()


def _is_known(key: str) -> bool:
    return key in Settings.model_fields


def _connector_data() -> set[str]:
    """Data names of pyinfra's connectors (`ssh_user`, …), which every inventory may hold."""
    from pyinfra.api.connectors import get_all_connectors

    names: set[str] = set()
    for connector in get_all_connectors().values():
        names.update(typing.get_type_hints(connector.data_cls))
    return names


def _unknown(key: str, origin: Origin) -> Problem:
    is_password = key.startswith(("kestra_", "registry_")) and "password" in key
    if key.upper() in passwords.GIVEN or is_password:
        return Problem(
            f"{key} is no setting: a secret never stands in an inventory",
            origin.layer,
            f"put it into .env beside deploy.py as one of {', '.join(passwords.GIVEN)}",
        )
    return Problem(f"unknown setting {key}", origin.layer, _nearest(key, known_settings()))


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    own = f"{OWN_DATA}{name.lower()}"
    return f"remove it, or call it {own} if it is your own; docs/settings.md lists all"


def _problems(detail: ErrorDetails, origins: Mapping[str, Origin]) -> Iterator[Problem]:
    """Pydantic's finding as what, where and how to fix."""
    message = detail["msg"].removeprefix("Value error, ")
    if detail["loc"]:
        yield _field_problem(str(detail["loc"][0]), message, origins)
        return
    for line in message.splitlines():
        named = [key for key in Settings.model_fields if re.search(rf"\b{key}\b", line)]
        layers = [f"{key} in {origins[key].layer}" for key in named if key in origins]
        fix = f"change {' or '.join(named)}; docs/settings.md explains each"
        yield Problem(line, "; ".join(layers) or "defaults", fix)


def _field_problem(key: str, message: str, origins: Mapping[str, Origin]) -> Problem:
    field = Settings.model_fields[key]
    default = (
        "remove it" if field.default is None else f"set {key} = {field.default!r}, the default"
    )
    origin = origins[key]
    return Problem(
        f"{key} = {origin.value!r}: {message}", origin.layer, f"{default} ({field.description})"
    )
