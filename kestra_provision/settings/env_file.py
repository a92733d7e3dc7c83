"""Reads and writes `.env` so that compose, python-dotenv and a shell read the same bytes.

Each of the three has rules of its own for quotes, `$` and backslashes, so a value is written
bare when it holds nothing special, in single quotes when those are literal for all three, and
refused otherwise.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dotenv.parser import Binding, parse_stream

#: A shell takes no other name, and compose refuses most others.
_KEY = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_BARE = re.compile(r"^[A-Za-z0-9_@%+=:,./-]+$")
BREAKS = "holds a line break or another control character"


class EnvFileError(ValueError):
    """A line of the file, or a value for it, that not every reader would take alike."""


def unwritable(value: str) -> str | None:
    """Why `value` cannot stand in a `.env` that all three readers read alike; None when it can."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return BREAKS
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "holds bytes that are no UTF-8"
    if "${" in value:
        return "holds ${, which python-dotenv replaces even between single quotes"
    if "'" in value:
        return "holds a single quote, which the readers of .env escape in different ways"
    if "\\\\" in value or value.endswith("\\"):
        return (
            "holds a double or final backslash, which the readers of .env escape in different ways"
        )
    return None


def quoted(value: str) -> str:
    """`value` as it stands behind `KEY=`. Raises `EnvFileError` for one that cannot stand there."""
    if why := unwritable(value):
        raise EnvFileError(why)
    return value if _BARE.match(value) else f"'{value}'"


@dataclass(frozen=True)
class EnvFile:
    """A parsed `.env`: unknown keys, comments and blank lines keep their place and their bytes."""

    bindings: tuple[Binding, ...]

    @classmethod
    def parse(cls, text: str) -> EnvFile:
        """Raises `EnvFileError` with the line's number for a line that is no `KEY=value`.

        Windows' line ends and byte order mark are left out: a shell would take them for content.
        """
        clean = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        bindings = tuple(parse_stream(io.StringIO(clean)))
        for binding in bindings:
            if binding.error or (binding.key is not None and binding.value is None):
                raise EnvFileError(f"line {_line(binding)} is not KEY=value")
            if binding.key is not None and not _KEY.match(binding.key):
                raise EnvFileError(
                    f"line {_line(binding)} is not KEY=value: what stands before "
                    "the = is no name of a variable"
                )
        return cls(bindings)

    @property
    def values(self) -> dict[str, str]:
        """Value by key; where a key stands twice the last one counts, as for every reader."""
        return {b.key: b.value for b in self.bindings if b.key and b.value is not None}

    def updated(self, values: Mapping[str, str]) -> EnvFile:
        """The file with these values: changed in place, new keys at the end, the rest as it was."""
        current = self.values
        kept = [
            _written(b.key, values[b.key], before=_blank_lines(b))
            if b.key and b.key in values and current[b.key] != values[b.key]
            else b
            for b in self.bindings
        ]
        added = [_written(key, value) for key, value in values.items() if key not in current]
        return EnvFile((*kept, *added))

    def render(self) -> str:
        """The text of the file, ending with a line break."""
        return "".join(_ended(b.original.string) for b in self.bindings)


def _written(key: str, value: str, before: str = "") -> Binding:
    try:
        text = f"{before}{key}={quoted(value)}\n"
    except EnvFileError as error:
        raise EnvFileError(f"{key} {error}") from error
    (binding,) = parse_stream(io.StringIO(text))
    return binding


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n"


def _blank_lines(binding: Binding) -> str:
    """The blank lines python-dotenv counts to the binding below them."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return blank[: blank.rfind("\n") + 1]


def _line(binding: Binding) -> int:
    return binding.original.line + _blank_lines(binding).count("\n")
