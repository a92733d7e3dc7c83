"""Compares an answer with the recorded one: what must not vary, and nothing else."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.contract.recording import Call

_CUT = re.compile(r"…\[\d+ characters\]$")

# Objects whose keys are data: addresses, header names, property names.
_FREE_KEYS = frozenset(
    {
        "details.jdbc.details",
        "loggers",
        "propertySources[].properties",
        "trigger.variables.headers",
        "trigger.variables.parameters",
    }
)


@dataclass(frozen=True)
class Actual:
    """An answer as it came, or the error with which the client refused to send the call."""

    status: int = 0
    content_type: str | None = None
    www_authenticate: str | None = None
    location: str | None = None
    body: str = ""
    error: str | None = None


def compare(recorded: Call, actual: Actual, *, exact: bool = True) -> list[str]:
    """Return every difference between an answer and the recorded one, none when it is right.

    + exact: keys the recording does not have are a difference too
    """
    if actual.error != recorded.error:
        return [f"error: {actual.error} instead of {recorded.error}"]
    found = []
    if actual.status != recorded.status:
        found.append(f"status: {actual.status} instead of {recorded.status}")
    if _media(actual.content_type) != _media(recorded.content_type):
        found.append(f"content type: {actual.content_type} instead of {recorded.content_type}")
    for header in ("www_authenticate", "location"):
        if (getattr(actual, header) is None) != (getattr(recorded, header) is None):
            state = "missing" if getattr(actual, header) is None else "not recorded"
            found.append(f"{header}: {state}")
    return found + _compare_bodies(recorded, actual, exact)


def whole_prefix(text: str) -> tuple[Any, bool]:
    """Return the JSON of a body as far as it goes, and whether it was cut.

    A cut body loses its last, incomplete element and gets its brackets closed.
    """
    if not _CUT.search(text):
        return json.loads(text), False
    text = _CUT.sub("", text)
    open_brackets: list[str] = []
    good, closing, quoted, escaped = 0, "", False, False
    for index, character in enumerate(text):
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "[{":
            open_brackets.append("]" if character == "[" else "}")
            good, closing = index + 1, "".join(reversed(open_brackets))
        elif character in "]}":
            open_brackets.pop()
        elif character == ",":
            good, closing = index, "".join(reversed(open_brackets))
    return json.loads(text[:good] + closing), True


def _compare_bodies(recorded: Call, actual: Actual, exact: bool) -> list[str]:
    if recorded.content_type != "application/json":
        same = bool(recorded.body) == bool(actual.body)
        return [] if same else ["body: one is empty, the other is not"]
    try:
        expected, cut = whole_prefix(recorded.body)
    except ValueError:
        # `pong` is announced as JSON and is none: such a body is compared as text.
        return [] if actual.body == recorded.body else [f"body: {actual.body[:60]!r}"]
    try:
        given = json.loads(actual.body)
    except ValueError:
        return ["body: not JSON"]
    return _compare_shapes(expected, given, "", exact and not cut)


def _compare_shapes(expected: Any, given: Any, path: str, exact: bool) -> list[str]:
    where = path or "body"
    if _kind(expected) != _kind(given):
        return [f"{where}: {_kind(given)} instead of {_kind(expected)}"]
    if isinstance(expected, list):
        if expected and not given:
            return [f"{where}: empty"]
        pairs = zip(expected, given, strict=False)
        return [
            text
            for left, right in pairs
            for text in _compare_shapes(left, right, f"{path}[]", exact)
        ]
    if not isinstance(expected, dict):
        return []
    if path in _FREE_KEYS:
        return []
    dot = f"{path}." if path else ""
    found = [f"{dot}{key}: missing" for key in expected if key not in given]
    if exact:
        found += [f"{dot}{key}: not recorded" for key in given if key not in expected]
    for key in expected.keys() & given.keys():
        found += _compare_shapes(expected[key], given[key], f"{dot}{key}", exact)
    return sorted(found)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "text", list: "list", dict: "object"}[type(value)]


def _media(content_type: str | None) -> str | None:
    """Return a content type without its charset, which says nothing about the shape."""
    if content_type is None:
        return None
    parts = [part.strip().lower() for part in content_type.split(";")]
    return "; ".join(part for part in parts if not part.startswith("charset="))
