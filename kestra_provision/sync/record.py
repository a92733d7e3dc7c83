"""The record of the last sync: which items of the server are ours, and how we left them.

It lies on the host, where a second laptop finds it, and out of reach of any flow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from kestra_provision.sync.comparison import Mark, Sum
from kestra_provision.sync.item import Item

_VERSION = 1
#: Marks by kind: flows, files, kv.
Record = Mapping[str, Mapping[Item, Mark]]


class RecordError(ValueError):
    """The record cannot be read, so nobody knows what is ours."""


def read(text: str) -> dict[str, dict[Item, Mark]]:
    """The marks of a record's text; none for an empty one. Raises `RecordError`."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
        if found["version"] != _VERSION:
            raise RecordError("a newer kestra-provision wrote it")
        return {kind: dict(map(_mark, marks)) for kind, marks in found["ours"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError("it is damaged") from error


def written(record: Record) -> str:
    """The text of a record, one item a line."""
    kinds = ",\n".join(f"{json.dumps(kind)}: [\n{_lines(m)}\n]" for kind, m in record.items())
    return f'{{"version": {_VERSION}, "ours": {{\n{kinds}\n}}}}\n'


def _lines(marks: Mapping[Item, Mark]) -> str:
    return ",\n".join(
        json.dumps([item.namespace, item.name, *map(_text, mark.sums)], ensure_ascii=False)
        for item, mark in sorted(marks.items())
    )


def _text(sum_: Sum) -> str:
    return sum_.exact if sum_.exact == sum_.alike else f"{sum_.exact} {sum_.alike}"


def _mark(line: list[str]) -> tuple[Item, Mark]:
    namespace, name, *sums = map(str, line)
    return Item(namespace, name), Mark(tuple(map(_sum, sums)))


def _sum(text: str) -> Sum:
    exact, _, alike = text.partition(" ")
    return Sum(exact, alike or exact)
