"""The JSON of a drift report is as its schema says, and the schema refuses what it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from kestra_provision.drift.report import VERSION, Report
from tests.schemas import schema
from tests.unit.drift_reports import REPORT, reports

SCHEMA = schema("drift/report.schema.json")
VALIDATOR = Draft202012Validator(SCHEMA)


def test_schema_is_one_and_describes_every_field() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"]["const"] == VERSION
    for described in objects(SCHEMA):
        assert described["additionalProperties"] is False
        assert set(described["required"]) == set(described["properties"])
        assert all(field.get("description") for field in described["properties"].values())


def objects(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield described
    yield from (d for d in described["$defs"].values() if d.get("type") == "object")


@settings(max_examples=50)
@given(reports)
def test_every_report_is_valid(report: Report) -> None:
    VALIDATOR.validate(report.as_json())


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "another version": lambda r: r.update(version=2),
    "version as text": lambda r: r.update(version="1"),
    "no version": lambda r: r.pop("version"),
    "a field more": lambda r: r.update(more=1),
    "a field more in a host": lambda r: r["hosts"][0].update(more=1),
    "a field more in a finding": lambda r: r["hosts"][1]["findings"][0].update(more=1),
    "no hosts": lambda r: r.update(hosts=[]),
    "exit code of another result": lambda r: r.update(exit_code=2),
    "better than its worst host": lambda r: r.update(result="drift", exit_code=2),
    "worse than its worst host": lambda r: r["hosts"].pop(),
    "unknown result": lambda r: r["hosts"][0].update(result="good"),
    "drift called clean": lambda r: r["hosts"][1].update(result="clean"),
    "clean called drift": lambda r: r["hosts"][0].update(result="drift"),
    "unknown without a reason": lambda r: r["hosts"][2].update(reason=""),
    "clean with a reason": lambda r: r["hosts"][0].update(reason="x"),
    "unknown severity": lambda r: r["hosts"][1]["findings"][0].update(severity="error"),
    "finding of nothing": lambda r: r["hosts"][1]["findings"][0].update(what=""),
    "field left out": lambda r: r["hosts"][1]["findings"][0].pop("repair"),
    "number for text": lambda r: r["hosts"][1]["findings"][0].update(actual=644),
    "local time": lambda r: r.update(checked_at="2025-11-21T06:12:40+01:00"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_it_is_not_is_refused(change: Change) -> None:
    report = REPORT.as_json()
    VALIDATOR.validate(report)
    change(report)
    assert not VALIDATOR.is_valid(report)
