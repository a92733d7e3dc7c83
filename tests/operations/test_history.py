"""Which executions there are: asked of every version, judged here as well, read page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kestra_provision.kestra.history import Wanted, newest
from kestra_provision.sync.item import Item
from tests.operations.kestra_server import Server, execution, pages

FLOW = Item("team", "flow")
SINCE, UNTIL = datetime(2026, 1, 2, 3, 4, tzinfo=UTC), datetime(2026, 1, 2, 3, 5, tzinfo=UTC)


def asked(wanted: Wanted, version: str = "1.3.39") -> dict[str, Any]:
    server = Server({"GET /executions/search": {"results": [], "total": 0}}, version)
    assert newest(server.client(), wanted) == []
    (request,) = server.asked
    told = {key: request.url.params.get_list(key) for key in request.url.params}
    return {k: v for k, v in told.items() if k not in ("size", "page", "sort")}


@pytest.mark.parametrize(
    ("wanted", "new", "old"),
    [
        (Wanted(), {}, {}),
        (
            Wanted(flow=FLOW),
            {"filters[namespace][EQUALS]": ["team"], "filters[flowId][EQUALS]": ["flow"]},
            {"namespace": ["team"], "flowId": ["flow"]},
        ),
        (
            Wanted(namespace="a.b", states=("FAILED", "KILLED")),
            {"filters[namespace][PREFIX]": ["a.b"], "filters[state][IN]": ["FAILED,KILLED"]},
            {"namespace": ["a.b"], "state": ["FAILED", "KILLED"]},
        ),
        (
            Wanted(since=SINCE),
            {"filters[startDate][GREATER_THAN_OR_EQUAL_TO]": ["2026-01-02T03:04:00.000Z"]},
            {"startDate": ["2026-01-02T03:04:00.000Z"]},
        ),
        (
            Wanted(since=SINCE, until=UNTIL),
            {"filters[startDate][LESS_THAN_OR_EQUAL_TO]": ["2026-01-02T03:05:00.000Z"]},
            {"startDate": ["2026-01-02T03:04:00.000Z"]},
        ),
    ],
)
def test_asked_as_the_version_wants_it(
    wanted: Wanted, new: dict[str, Any], old: dict[str, Any]
) -> None:
    assert asked(wanted) == new
    assert asked(wanted, "2.0.5") == new
    assert asked(wanted, "0.20.7") == old


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(flow=Item("team", "other")), False),
        (Wanted(namespace="team"), True),
        (Wanted(namespace="tea"), False),
        (Wanted(states=("RUNNING", "CREATED")), True),
        (Wanted(states=("SUCCESS",)), False),
        (Wanted(since=SINCE, until=UNTIL), True),
        (Wanted(since=UNTIL), False),
        (Wanted(until=SINCE), False),
    ],
)
def test_a_server_that_does_not_know_the_filter(wanted: Wanted, fits: bool) -> None:
    server = Server({"GET /executions/search": {"results": [execution()], "total": 1}})
    assert bool(newest(server.client(), wanted)) is fits


def test_page_by_page_until_there_are_enough() -> None:
    found = [execution(f"e{number}") for number in range(250)]
    server = Server({"GET /executions/search": pages(found, 100)})
    assert len(newest(server.client(), Wanted())) == 250
    assert len(server.asked) == 3
    server = Server({"GET /executions/search": pages(found, 100)})
    assert [each.id for each in newest(server.client(), Wanted(), 2)] == ["e0", "e1"]
    assert len(server.asked) == 1


def test_one_that_slipped_to_the_next_page_is_told_once() -> None:
    found = [execution(f"e{number}") for number in range(100)]
    server = Server({"GET /executions/search": pages([*found, found[-1]], 100)})
    assert len(newest(server.client(), Wanted())) == 100


def test_reading_ends_at_the_first_that_is_too_old() -> None:
    old = execution("old")
    old["state"] = {"current": "SUCCESS", "startDate": "2025-01-01T00:00:00Z"}
    found = [execution("new"), *[old] * 150]
    server = Server({"GET /executions/search": pages(found, 100)})
    assert [each.id for each in newest(server.client(), Wanted(since=SINCE))] == ["new"]
    assert len(server.asked) == 1
