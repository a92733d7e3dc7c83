"""Changes one member of a JSON text and leaves every other byte of it as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

_BLANK = re.compile(r"[ \t\r\n]*")


class JsonTextError(ValueError):
    """The text is no JSON, or not what was expected there."""


@dataclass(frozen=True)
class Item:
    """A member of an object, or an element of an array (`key` is then empty).

    + start, end: of its value in the text
    + begin: of the whole item, key included
    """

    key: str
    value: Any
    begin: int
    start: int
    end: int


def parse(text: str) -> Any:
    """The value of a whole text; a byte order mark is passed over. Raises `JsonTextError`."""
    start = root(text)
    value, end = _value(text, start)
    if _skip(text, end) != len(text):
        raise JsonTextError(f"more text after its end ({_place(text, end)})")
    return value


def root(text: str) -> int:
    """Where the value of a whole text begins."""
    return _skip(text, 1 if text.startswith("\ufeff") else 0)


def items(text: str, start: int) -> list[Item]:
    """What the object or array that begins at `start` holds; the text is known to be valid."""
    return list(_items(text, start))


def with_value(text: str, item: Item, value: Any) -> str:
    """The text with another value of this item, written as the file writes its own."""
    first = not text[text.rfind("\n", 0, item.begin) + 1 : item.begin].strip()
    indent = _indent(text, item.begin) if first else None
    return text[: item.start] + _written(text, value, indent) + text[item.end :]


def with_item(text: str, start: int, value: Any, key: str = "") -> str:
    """The text with one item more at the end of the object or array that begins at `start`."""
    found = items(text, start)
    _, end = _value(text, start)
    newline, unit = _style(text)
    label = f"{json.dumps(key, ensure_ascii=False)}: " if key else ""
    if found:
        # As its neighbour: the same blanks before it, none of them touched after it.
        last = found[-1]
        between = text[found[-2].end : last.begin].partition(",")[2] if len(found) > 1 else ""
        gap = between or text[start + 1 : found[0].begin] or " "
        written = _written(text, value, _indent(text, last.begin) if "\n" in gap else None)
        return f"{text[: last.end]},{gap}{label}{written}{text[last.end :]}"
    outer = _indent(text, start)
    if not newline or outer is None:
        return f"{text[: start + 1]}{label}{_written(text, value, None)}{text[end - 1 :]}"
    written = _written(text, value, outer + unit)
    opened = f"{text[: start + 1]}{newline}{outer}{unit}{label}{written}"
    return f"{opened}{newline}{outer}{text[end - 1 :]}"


def _items(text: str, start: int) -> Iterator[Item]:
    close = {"{": "}", "[": "]"}[text[start]]
    at = _skip(text, start + 1)
    while text[at] != close:
        begin, key = at, ""
        if close == "}":
            key, at = _value(text, at)
            at = _skip(text, _skip(text, at) + 1)
        value, end = _value(text, at)
        yield Item(key, value, begin, at, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _value(text: str, start: int) -> tuple[Any, int]:
    try:
        return json.JSONDecoder(parse_constant=_no_constant).raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise JsonTextError(f"{error.msg} ({_place(text, error.pos)})") from error
    except (ValueError, RecursionError) as error:
        raise JsonTextError(str(error)) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _place(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _style(text: str) -> tuple[str, str]:
    """Line end and step of indentation; both empty for a file of one line."""
    inner = text.removeprefix("\ufeff").strip()
    if "\n" not in inner:
        return "", ""
    step = re.search(r"\n([ \t]+)\S", inner)
    return "\r\n" if "\r\n" in inner else "\n", step[1] if step else "  "


def _indent(text: str, at: int) -> str | None:
    """The blanks before what stands first in its line; of what stands later, the line's."""
    if not _style(text)[0]:
        return None
    line = text[text.rfind("\n", 0, at) + 1 : at].removeprefix("\ufeff")
    return line[: len(line) - len(line.lstrip(" \t"))]


def _written(text: str, value: Any, indent: str | None) -> str:
    """+ indent: of the line it stands in; None writes all in one line"""
    newline, unit = _style(text)
    if indent is None or not newline:
        return json.dumps(value, ensure_ascii=False)
    lines = json.dumps(value, ensure_ascii=False, indent=unit).split("\n")
    return f"{newline}{indent}".join(lines)
