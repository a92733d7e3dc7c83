"""The record of the last sync: which flows of the server are ours, and how we left them.

It lies on the host, where a second laptop finds it, and out of reach of any flow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from kestra_provision.flows.comparison import Mark
from kestra_provision.flows.source import FlowId

_VERSION = 1


class RecordError(ValueError):
    """The record cannot be read, so nobody knows which flows are ours."""


def read(text: str) -> dict[FlowId, Mark]:
    """The marks of a record's text; none for an empty one. Raises `RecordError`."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
        if found["version"] != _VERSION:
            raise RecordError("a newer kestra-provision wrote it")
        return {
            FlowId(each["namespace"], each["id"]): Mark(tuple(map(str, each["sums"])))
            for each in found["flows"]
        }
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError("it is damaged") from error


def written(marks: Mapping[FlowId, Mark]) -> str:
    """The text of a record, one flow a line."""
    flows = [
        {"namespace": flow.namespace, "id": flow.id, "sums": list(mark.sums)}
        for flow, mark in sorted(marks.items())
    ]
    lines = ",\n".join(json.dumps(flow, ensure_ascii=False) for flow in flows)
    return f'{{"version": {_VERSION}, "flows": [\n{lines}\n]}}\n'
