"""Small words that all outputs share."""

from __future__ import annotations

from collections.abc import Iterable


def plural(number: int, noun: str) -> str:
    """`1 host`, `2 hosts`"""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def enumerated(words: Iterable[str]) -> str:
    """`A, B and C`"""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def printable(text: str) -> str:
    """Without what steers a terminal or turns a line round: much of a report is a host's words."""
    return "".join(map(_shown, text))


def one_line(text: str) -> str:
    """Printable, and without line breaks."""
    return " ".join(printable(text).split())


def _shown(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
