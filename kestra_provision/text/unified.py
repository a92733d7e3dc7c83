"""A unified diff, as `diff -u` prints it."""

from __future__ import annotations

import difflib

CONTEXT = 3


def unified(
    before: str, after: str, names: tuple[str, str], context: int = CONTEXT, *, ends: bool = False
) -> str:
    """Its lines without times; empty where nothing differs.

    + names: of both texts
    + context: lines around each change
    + ends: line breaks count, and those that are no LF are shown
    """
    old, new = (_lines(text) if ends else text.splitlines() for text in (before, after))
    lines = difflib.unified_diff(old, new, *names, lineterm="", n=context)
    return "".join(f"{line}\n" for line in lines)


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    shown = [f"{line[:-1]}␍" if line.endswith("\r") else line for line in lines]
    return [*shown, f"{last}␄"] if last else shown
