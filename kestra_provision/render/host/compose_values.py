"""Values of a compose file as words of a shell script."""

from __future__ import annotations

import re
import shlex
from typing import Any

#: `$$` is a dollar; every variable of ours is a required one.
_DOLLAR = re.compile(r"\$(?:\$|\{(?P<name>\w+):\?[^}]*\}|)")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class NoCounterpartError(ValueError):
    """The compose file has what `docker create` cannot be told."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"compose.yaml: {what} has no counterpart in render/host/docker_run.py, so a host "
            "without compose would get another container: add it there, or do without it"
        )


def from_env(name: str) -> str:
    """A variable of `.env` as a compose file has it: without a value compose refuses."""
    return f"${{{name}:?is missing in .env}}"


def references(value: Any, where: str) -> set[str]:
    """Names of `.env` that a value, or a value in it, refers to.

    Raises `NoCounterpartError` for a variable that is no `${NAME:?message}`.
    """
    if isinstance(value, dict):
        return set[str]().union(*(references(v, f"{where}.{k}") for k, v in value.items()))
    if isinstance(value, list):
        return set[str]().union(*(references(v, where) for v in value))
    found = set[str]()
    for match in _DOLLAR.finditer(value if isinstance(value, str) else ""):
        if match[0] == "$":
            raise NoCounterpartError(f"{where}: a variable that is no ${{NAME:?message}}")
        found |= {match["name"]} - {None}
    return found


def shell_text(text: str, where: str) -> str:
    """One word of bash with the value that compose would make of it.

    What stands in `.env` is asked of `setting`, a function of the scripts.
    """
    if not references(text, where):
        return shlex.quote(text.replace("$$", "$"))
    parts, end = list[str](), 0
    for match in _DOLLAR.finditer(text):
        parts.append(_literal(text[end : match.start()]))
        parts.append(rf"$(setting {match['name']})" if match["name"] else r"\$")
        end = match.end()
    return f'"{"".join(parts)}{_literal(text[end:])}"'


def pairs(declared: dict[str, Any], where: str) -> list[str]:
    """Labels as `key=value`."""
    labels = declared.get("labels") or {}
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        raise NoCounterpartError(f"{where}.labels: not all of them are texts")
    return [f"{key}={value}" for key, value in labels.items()]


def seconds(duration: str) -> int:
    """Of `360s` or `1m30s`.

    Raises `NoCounterpartError`.
    """
    match = _DURATION.fullmatch(duration)
    if not match or not duration:
        raise NoCounterpartError(f"the duration {duration}")
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest


def _literal(text: str) -> str:
    """Between double quotes."""
    return re.sub(r'([\\"`])', r"\\\1", text)
