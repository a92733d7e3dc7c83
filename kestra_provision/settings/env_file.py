"""Reads and writes `.env` so that compose, python-dotenv and a shell read the same bytes.

What is read must stand in a form that all of them read alike (`env_lines`). What is written stands
bare when it holds nothing special, in single quotes when those are literal for all, and is refused
otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kestra_provision.settings.env_lines import (
    BACKSLASH,
    BRACE,
    CONTROL,
    assigned,
    key_of,
    trouble,
)

_BARE = re.compile(r"^[A-Za-z0-9_@%+=:,./-]+$")


class EnvFileError(ValueError):
    """A line of the file, or a value for it, that not every reader would take alike."""


def unwritable(value: str) -> str | None:
    """Why `value` cannot stand in a `.env` that all readers read alike; None when it can."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return CONTROL
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "holds bytes that are no UTF-8"
    if "${" in value:
        return BRACE
    if "'" in value:
        return "holds a single quote, which the readers of .env escape in different ways"
    if "\\\\" in value or value.endswith("\\"):
        return BACKSLASH
    return None


def quoted(value: str) -> str:
    """`value` as it stands behind `KEY=`. Raises `EnvFileError` for one that cannot stand there."""
    if why := unwritable(value):
        raise EnvFileError(why)
    return value if _BARE.match(value) else f"'{value}'"


@dataclass(frozen=True)
class EnvFile:
    """A parsed `.env`: unknown keys, comments and blank lines keep their place and their bytes.

    + lines: without their ends
    """

    lines: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> EnvFile:
        """Raises `EnvFileError` with the number, the key and the rule of the first line refused.

        Windows' line ends and byte order mark are left out: a shell would take them for content.
        """
        lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
        if not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines, 1):
            if why := trouble(line):
                key = key_of(line)
                raise EnvFileError(f"line {number} {f'({key}) ' if key else ''}{why}")
        return cls(tuple(lines))

    @property
    def values(self) -> dict[str, str]:
        """Value by key; where a key stands twice the last one counts, as for every reader."""
        return dict(pair for line in self.lines if (pair := assigned(line)))

    def updated(self, values: Mapping[str, str]) -> EnvFile:
        """The file with these values: changed in place, new keys at the end, the rest as it was."""
        current = self.values
        kept = [
            _written(key, values[key])
            if (key := key_of(line)) in values and current[key] != values[key]
            else line
            for line in self.lines
        ]
        added = [_written(key, value) for key, value in values.items() if key not in current]
        return EnvFile((*kept, *added))

    def render(self) -> str:
        """The text of the file, ending with a line break."""
        return "".join(f"{line}\n" for line in self.lines)


def _written(key: str, value: str) -> str:
    try:
        return f"{key}={quoted(value)}"
    except EnvFileError as error:
        raise EnvFileError(f"{key} {error}") from error
