"""Inputs of an execution, from the words of a command line to a form that Kestra takes.

The server says what a value has to be. What it would take for something else without a word is
refused here: a name that the flow does not have, a boolean that is neither true nor false.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from packaging.version import Version

from kestra_provision.kestra.executions import FILTERS_SINCE

#: One part of a form: its name, then its file's name (None for a field) and its content.
Part = tuple[str, tuple[str | None, bytes]]
#: Kinds that are given as a file: what is theirs has no place in a command line.
_FROM_FILE = ("FILE", "SECRET")
_BOOLEANS = ("BOOLEAN", "BOOL")


class InputError(ValueError):
    """An input that cannot be; says which, why and what would do, and never a secret's value."""


def parts(
    declared: Sequence[Mapping[str, Any]], given: Iterable[str], version: Version | None
) -> list[Part]:
    """The form.

    + declared: the flow's inputs as Kestra tells them
    + given: `NAME=VALUE`; for a file or a secret `NAME=@PATH`, `@-` for what comes on stdin
    + version: of the server

    Raises `InputError`.
    """
    kinds = {str(each["id"]): str(each.get("type", "STRING")) for each in declared}
    found = dict[str, Part]()
    for each in given:
        name, equals, text = each.partition("=")
        if not equals:
            raise InputError(f"{each!r} is no input: NAME=VALUE")
        if name not in kinds:
            raise InputError(_unknown(name, kinds))
        if name in found:
            raise InputError(f"input {name} is given twice")
        found[name] = _part(name, kinds[name], text, version)
    return [*found.values()]


def _unknown(name: str, kinds: Mapping[str, str]) -> str:
    if not kinds:
        return f"the flow takes no input, and {name} was given"
    close = get_close_matches(name, kinds, n=1)
    has = ", ".join(f"{known} ({kind})" for known, kind in kinds.items())
    return f"the flow has no input {name}; " + (
        f"did you mean {close[0]}?" if close else f"it has: {has}"
    )


def _part(name: str, kind: str, text: str, version: Version | None) -> Part:
    if kind in _FROM_FILE:
        file, content = _read(name, kind, text)
        if kind == "FILE":
            # Old ones go by the file's name alone.
            old = version is not None and version < FILTERS_SINCE
            return ("files", (name, content)) if old else (name, (file, content))
        return name, (None, content.removesuffix(b"\n"))
    if kind in _BOOLEANS and text.lower() not in ("true", "false"):
        raise InputError(f"input {name} is a {kind}: true or false, and not {text!r}")
    if kind == "MULTISELECT" and not text.lstrip().startswith("["):
        text = json.dumps([word.strip() for word in text.split(",")], ensure_ascii=False)
    return name, (None, text.encode())


def _read(name: str, kind: str, text: str) -> tuple[str, bytes]:
    if not text.startswith("@") or text == "@":
        raise InputError(f"input {name} is a {kind}: {name}=@PATH, or {name}=@- for stdin")
    if text == "@-":
        return "stdin", sys.stdin.buffer.read()
    path = Path(text[1:])
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise InputError(f"input {name}: {path}: {error.strerror}") from error
