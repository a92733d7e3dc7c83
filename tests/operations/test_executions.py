"""Executions under way: asked of every version, and waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from kestra_provision.kestra import client, executions
from kestra_provision.kestra.access import Access
from kestra_provision.kestra.execution import Execution
from kestra_provision.kestra.executions import (
    UnderWay,
    drain,
    under_way,
)
from kestra_provision.profiles.tools import Tools
from kestra_provision.sync.item import Item
from tests.operations.fake_host import FakeHost

OURS, FORMER = ("admin@kestra.local", "Obviously-fake-1"), ("before@kestra.local", "Fake-before-1")
WELL = Access("running", "healthy", "127.0.0.1", 8080, (OURS,))
RUNNING = {
    "id": "abc",
    "namespace": "team",
    "flowId": "flow",
    "state": {"current": "RUNNING", "startDate": "2026-01-02T03:04:05.123Z"},
}


def answering(
    monkeypatch: pytest.MonkeyPatch, reply: Callable[[httpx.Request], httpx.Response]
) -> None:
    def opened(_host: object, port: int, address: str) -> httpx.Client:
        url = f"http://{address}:{port}"
        return httpx.Client(base_url=url, transport=httpx.MockTransport(reply))

    monkeypatch.setattr(client, "http_client", opened)


def answered(
    monkeypatch: pytest.MonkeyPatch, version: str, *found: dict[str, Any], filters: bool = True
) -> tuple[UnderWay, list[str]]:
    asked: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"]
        if request.url.path == "/api/v1/configs":
            return httpx.Response(200, json={"version": version})
        asked.append(str(request.url.copy_with(host="h", port=None)))
        state = next(iter(v for k, v in request.url.params.items() if "state" in k))
        fits = [f for f in found if not filters or f["state"]["current"] == state]
        return httpx.Response(200, json={"results": fits, "total": len(fits)})

    answering(monkeypatch, reply)
    return under_way(FakeHost().as_host, Tools(), WELL), asked


@pytest.mark.parametrize(
    ("version", "question"),
    [
        ("1.3.39", "/api/v1/main/executions/search?filters%5Bstate%5D%5BEQUALS%5D=RUNNING"),
        ("2.0.5", "/api/v1/main/executions/search?filters%5Bstate%5D%5BEQUALS%5D=RUNNING"),
        ("0.20.7", "/api/v1/executions/search?state=RUNNING"),
    ],
)
def test_asked_as_the_version_wants_it(
    monkeypatch: pytest.MonkeyPatch, version: str, question: str
) -> None:
    seen, asked = answered(monkeypatch, version, RUNNING)
    assert any(question in each for each in asked)
    assert len(asked) == len(executions.UNDER_WAY)
    assert seen == UnderWay(
        1, (Execution("abc", Item("team", "flow"), "RUNNING", "2026-01-02T03:04:05.123Z"),)
    )


def test_server_that_does_not_know_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = {**RUNNING, "id": "old", "state": {"current": "SUCCESS", "startDate": "2026"}}
    seen, _ = answered(monkeypatch, "1.3.39", RUNNING, ended, filters=False)
    assert (seen.total, [e.id for e in seen.listed]) == (1, ["abc"])


def test_one_that_goes_on_between_two_questions_counts_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    created = {**RUNNING, "state": {"current": "CREATED", "startDate": "2026"}}
    seen, _ = answered(monkeypatch, "1.3.39", created, RUNNING)
    assert (seen.total, [e.state for e in seen.listed]) == (1, ["RUNNING"])


def known(*logins: tuple[str, str]) -> Callable[[httpx.Request], httpx.Response]:
    """A server that knows these, and nothing runs on it."""
    headers = {httpx.BasicAuth(*login)._auth_header for login in logins}

    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/configs":
            return httpx.Response(200, json={"version": "1.3.39"})
        if request.headers.get("Authorization") not in headers:
            return httpx.Response(401)
        return httpx.Response(200, json={"results": [], "total": 0})

    return reply


@pytest.mark.parametrize("knows", [OURS, FORMER])
def test_asked_as_whom_it_knows(monkeypatch: pytest.MonkeyPatch, knows: tuple[str, str]) -> None:
    answering(monkeypatch, known(knows))
    found = Access("running", "healthy", "127.0.0.1", 8080, (FORMER, OURS))
    assert under_way(FakeHost().as_host, Tools(), found) == UnderWay(0)


@pytest.mark.parametrize(
    ("found", "place"),
    [
        (Access("running", "", "192.0.2.1", 9090, (OURS,)), "http://192.0.2.1:9090"),
        (Access("running", "", "[::1]", 80, (OURS,)), "http://[::1]:80"),
        (Access("unknown", logins=(OURS,)), "http://127.0.0.1:8080"),
    ],
    ids=["where it listens", "on IPv6", "as declared when Docker does not tell"],
)
def test_asked_where_it_listens(monkeypatch: pytest.MonkeyPatch, found: Access, place: str) -> None:
    asked = set[str]()

    def reply(request: httpx.Request) -> httpx.Response:
        asked.add(str(request.url.copy_with(path="/", query=None)).rstrip("/"))
        return known(OURS)(request)

    answering(monkeypatch, reply)
    under_way(FakeHost().as_host, Tools(), found)
    assert {each.removesuffix(":80") for each in asked} == {place.removesuffix(":80")}


def looks(*numbers: int) -> Iterator[UnderWay]:
    for number in numbers:
        one = Execution("abc", Item("team", "flow"), "RUNNING", "2026")
        yield UnderWay(number, (one,) * number)


def test_waits_for_the_last_one_and_says_when_the_number_changes() -> None:
    said: list[str] = []
    seen = looks(2, 2, 1, 0)
    left = drain(lambda: next(seen), 60, said.append, pause=lambda _: None)
    assert left == UnderWay(0)
    assert [line.partition(" to end")[0] for line in said] == [
        "waiting for 2 executions",
        "waiting for 1 execution",
    ]


def test_does_not_wait_without_time() -> None:
    said: list[str] = []
    left = drain(lambda: next(looks(1)), 0, said.append)
    assert isinstance(left, UnderWay)
    assert left.total == 1
    assert said == []
