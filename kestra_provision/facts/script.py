"""One shell script a fact, one exec channel: sections of output split by marker lines.

pyinfra opens a channel for each fact it asks; a stage observes all it needs in one. The scripts
are POSIX sh, change nothing and always exit 0: what is missing on the host shows as an empty
section, never as a failed fact.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

_MARK = "@@"


def section(name: str, command: str) -> str:
    """Shell text that prints a marker line and then what `command` prints.

    A blank line comes before the marker, because a file need not end with a line break.
    """
    return f"echo; echo '{_MARK}{name}'; {{ {command}; }} 2>/dev/null"


def script(*sections: str) -> str:
    """One command of these sections. The subshell keeps `sh -c` working under sudo."""
    return f"sh -c {shlex.quote(chr(10).join(['export LC_ALL=C', *sections, 'exit 0']))}"


def split(output: Iterable[str]) -> dict[str, list[str]]:
    """The lines of each section by its name."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in output:
        if line.startswith(_MARK):
            lines = found.setdefault(line.removeprefix(_MARK), [])
        else:
            lines.append(line)
    for section_lines in found.values():
        if section_lines and not section_lines[-1]:
            del section_lines[-1]
    return found


def first(lines: list[str] | None) -> str:
    """The first line of a section, empty when there is none."""
    return lines[0].strip() if lines else ""
