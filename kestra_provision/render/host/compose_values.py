"""Values of a compose file as words of a shell script."""

from __future__ import annotations

import math
import re
import shlex
from typing import Any

import yaml

from kestra_provision.settings.shown import masked, secretive

#: `$$` is a dollar; every variable of ours is a required one.
_DOLLAR = re.compile(r"\$(?:\$|\{(?P<name>\w+):\?[^}]*\}|)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_OR_SPECIAL = re.compile(r"[\x00-\x1f\x7f\\']")
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


def literal(text: str) -> str:
    """A text as compose and YAML have it, on one line: whatever is in it arrives as it is."""
    written = yaml.dump(text, default_style='"', allow_unicode=True, width=math.inf)
    return written.rstrip("\n").replace("$", "$$")


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


def closed(name: str, value: str, where: str) -> bool:
    """True for a variable that stands in no command line, because everybody reads those.

    It comes from `.env`, or looks like a secret.
    """
    return bool(references(value, where)) or secretive(name) or masked(value) != value


def shell_text(text: str, where: str) -> str:
    """One word of bash with the value that compose would make of it.

    What stands in `.env` is asked of `setting`, a function of the scripts.
    """
    if not references(text, where):
        return _word(text.replace("$$", "$"))
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


def _word(text: str) -> str:
    """On one line, whatever is in it."""
    if not _CONTROL.search(text):
        return shlex.quote(text)
    return f"$'{_CONTROL_OR_SPECIAL.sub(lambda found: _escaped(found[0]), text)}'"


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "\\'" else f"\\x{ord(character):02x}"


def _literal(text: str) -> str:
    """Between double quotes."""
    return re.sub(r'([\\"`])', r"\\\1", text)
