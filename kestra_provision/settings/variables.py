"""Variables that an operator gives to Kestra's container, and those that are not theirs to give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from kestra_provision.settings import passwords
from kestra_provision.settings.properties import ours_by_variable

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: What the kernel takes of one variable and of all of them, in bytes; it takes a little more.
_LONGEST, _MOST = 128 * 1024 - 1, 1024 * 1024
_FILE = "it would name a file, and Kestra reads no variable from one: give the value itself"
_PROGRAM = "Kestra's image and its start need it as it is"
#: Our secrets without the first word, as other set-ups call them.
_ALIKE = {name.partition("_")[2] for name in passwords.NAMES if "PASSWORD" in name} | {
    "ENCRYPTION_SECRET_KEY",
    "PGPASSWORD",
}
#: The first pattern that a name matches, and what to do instead.
_REFUSED = (
    (r"SECRET_.*", "a secret of flows stands in .env beside deploy.py, or flow_secrets has a "
     "command for it: docs/flow-secrets.md"),
    (r".*_FILE", _FILE),
    (r"(KESTRA_)?JAVA_OPTS", "it is computed: set kestra_memory_mb; more for the JVM may stand "
     "in JDK_JAVA_OPTIONS"),
    (r"TZ", "set kestra_time_zone"),
    (r"LANG|LANGUAGE|LC_\w+", "Java would take names of files by it, an umlaut in them becomes ?"),
    (r"KESTRA_CONFIGURATION(_PATH)?|MICRONAUT_CONFIG_FILES", "set kestra_config"),
    (r"PATH|HOME|HOSTNAME|USER|PWD|IFS|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|LD_\w+|JAVA_HOME", _PROGRAM),
    (r"KESTRA_PLUGINS_PATH", _PROGRAM),
)  # fmt: skip


class Place(NamedTuple):
    """Where a URL leads.

    + shown: without user, password, path and question
    + host, port: of the server
    """

    shown: str
    host: str
    port: int


def refusal(name: str) -> str | None:
    """Why a variable of this name is none of the operator's, and what to do instead; else None."""
    if not _NAME.fullmatch(name):
        return "is no name of a variable: letters, digits and _, no digit first"
    if name in passwords.GIVEN or name in _ALIKE:
        return "is a secret of the stack: it stands in .env, and Kestra gets it in a file"
    if found := ours_by_variable(name):
        return f"is {found[0]}, which is ours: {found[1]}"
    for pattern, instead in _REFUSED:
        if re.fullmatch(pattern, name):
            return f"is not yours to give: {instead}"
    return None


def troubles(variables: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with them, a line each, without a value."""
    for name, value in variables.items():
        if why := refusal(name) or _unfit(name, value):
            yield f"kestra_env: {name} {why}"
    for folded in sorted({name.lower() for name in variables}):
        alike = [name for name in variables if name.lower() == folded]
        if len(alike) > 1:
            yield (
                f"kestra_env: {' and '.join(alike)} differ in case alone, which Kestra does "
                "not tell apart: keep one"
            )
    if sum(len(_written(*each)) for each in variables.items()) > _MOST:
        yield "kestra_env is longer than 1 MiB, and no program could be started with it"


def places(variables: Mapping[str, str]) -> dict[str, Place | None]:
    """By name, where variables lead that are addresses: `…_URL` with http or https.

    None for one that is no address: what it names cannot be asked.
    """
    urls = {n: v for n, v in variables.items() if n.upper().endswith("_URL")}
    return {
        name: _place(value)
        for name, value in urls.items()
        if value.strip().lower().startswith(("http://", "https://"))
    }


def _place(url: str) -> Place | None:
    try:
        parts = urlsplit(url.strip())
        # As a resolver is asked for it; what cannot be a name raises, too.
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:
        return None
    if not host or not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+", host):
        return None
    port = port or (443 if parts.scheme == "https" else 80)
    bracketed = f"[{host}]" if ":" in host else host
    return Place(f"{parts.scheme}://{bracketed}:{port}", host, port)


def _unfit(name: str, value: str) -> str | None:
    if "\0" in value:
        return "holds a NUL byte, which no variable can"
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "holds bytes that are no UTF-8"
    if len(_written(name, value)) > _LONGEST:
        return "is longer than 128 KiB, and no program could be started with it"
    return None


def _written(name: str, value: str) -> bytes:
    return f"{name}={value}".encode(errors="replace")
