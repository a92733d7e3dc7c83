"""Executions that Kestra does not take up, though it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from kestra_provision.health.verdict import Verdict
from tests.operations.fake_kestra import FakeKestra, Reply, host_with, look

#: Three hours after the start of all containers in `tests.health_seen`.
NOW = datetime(2026, 1, 31, 13, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)


def ago(seconds: float) -> str:
    """As Kestra writes it by the server's clock."""
    return (NOW - timedelta(seconds=seconds)).isoformat().replace("+00:00", ".061006Z")


def execution(created: float, taken: float | None = None, **more: Any) -> dict[str, Any]:
    """+ created, taken: seconds ago"""
    histories = [{"state": "CREATED", "date": ago(created)}]
    if taken is not None:
        histories.append({"state": "RUNNING", "date": ago(taken)})
    state = {"current": histories[-1]["state"], "histories": histories, "startDate": ago(created)}
    return {"id": "1", "state": state, **more}


@pytest.fixture
def with_executions(kestra: FakeKestra) -> Callable[..., Verdict]:
    """The verdict on a Kestra that has these, and filters as the real one does."""

    def verdict(*executions: dict[str, Any], filters: bool = True) -> Verdict:
        def api(request: httpx.Request) -> Reply:
            if not request.url.path.endswith("/executions/search"):
                return kestra._answer(request)
            asked = request.url.params
            wanted = [
                e
                for e in executions
                if not filters
                or (e["state"]["current"] == "CREATED") is ("filters[state][EQUALS]" in asked)
            ]
            return httpx.Response(200, json={"results": wanted}, headers={"date": DATE})

        kestra.api = api
        return look(host_with())

    return verdict


def test_what_nobody_takes_up_is_found_and_restarted_for(
    with_executions: Callable[..., Verdict],
) -> None:
    verdict = with_executions(execution(90), execution(200), execution(300, 299), execution(5))
    assert verdict.failed.name == "executions"
    assert verdict.failed.detail == (
        "2 executions CREATED since 2026-01-31 12:56:40 UTC, and none was taken up since"
    )
    assert (verdict.failed.restart, verdict.failed.fatal) == (True, False)


FINE = {
    "none": [],
    "just created": [execution(5), execution(59)],
    "before this Kestra was started": [execution(4 * 3600)],
    "waits for its date": [execution(600, scheduleDate="2027-01-01T00:00:00Z")],
    "a queue that is worked through": [execution(90), execution(300, 4)],
}


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("executions", FINE.values(), ids=FINE)
def test_what_needs_no_restart(
    executions: list[dict[str, Any]], filters: bool, with_executions: Callable[..., Verdict]
) -> None:
    assert with_executions(*executions, filters=filters).healthy


@pytest.mark.parametrize(
    "reply", [httpx.Response(404), httpx.Response(200, text="<html>"), httpx.Response(200, json={})]
)
def test_a_search_that_tells_nothing_is_no_finding(kestra: FakeKestra, reply: Reply) -> None:
    def api(request: httpx.Request) -> Reply:
        return reply if "executions" in request.url.path else kestra._answer(request)

    kestra.api = api
    assert look().healthy


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("wanted", ["filters[state][EQUALS]", "filters[state][NOT_EQUALS]"])
def test_a_search_that_fails_is_one(kestra: FakeKestra, status: int, wanted: str) -> None:
    """Nobody knows then whether anything waits, and a restart would not tell."""

    def api(request: httpx.Request) -> Reply:
        if not request.url.path.endswith("/executions/search"):
            return kestra._answer(request)
        if wanted in request.url.params:
            return httpx.Response(status)
        return httpx.Response(200, json={"results": [execution(600)]}, headers={"date": DATE})

    kestra.api = api
    failed = look(host_with()).failed
    assert failed.detail == f"the search for them answers {status}"
    assert "logs" in failed.fix
    assert not failed.restart


def test_older_versions_are_not_asked(kestra: FakeKestra) -> None:
    kestra.version = "0.20.7"
    assert look().healthy
    assert not [asked for asked in kestra.asked if "executions" in asked]
