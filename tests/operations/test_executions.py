"""Executions under way: asked of every version, and waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from kestra_provision.kestra import access, executions
from kestra_provision.kestra.access import Access
from kestra_provision.kestra.executions import (
    Execution,
    Questions,
    Silence,
    UnderWay,
    drain,
    under_way,
)
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.remote.http import FORWARDING_FIX, NO_FORWARDING
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
    def client(_host: object, port: int, address: str) -> httpx.Client:
        url = f"http://{address}:{port}"
        return httpx.Client(base_url=url, transport=httpx.MockTransport(reply))

    monkeypatch.setattr(executions, "http_client", client)


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
    assert seen == UnderWay(1, (Execution("abc", "team.flow", "RUNNING", "2026-01-02 03:04:05"),))


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


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.ConnectError("Server disconnected without sending a response."), "disconnected"),
        (httpx.ReadTimeout("no answer within 10 s"), "no answer within 10 s"),
        (httpx.Response(503), "it answers 503"),
        (httpx.Response(401), "it answers 401"),
        (httpx.Response(200, text="<html>"), "its answer is none of Kestra's"),
        (httpx.Response(200, json=[]), "its answer is none of Kestra's"),
        (httpx.Response(200, json={"results": [{}]}), "its answer is none of Kestra's"),
    ],
)
def test_every_kind_of_silence_is_worth_a_second_question(
    monkeypatch: pytest.MonkeyPatch, answer: httpx.Response | Exception, why: str
) -> None:
    def reply(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    answering(monkeypatch, reply)
    seen = asking(monkeypatch, WELL)()
    assert isinstance(seen, Silence)
    assert why in seen.why
    assert seen.lives
    assert seen.patience > 0


def asking(monkeypatch: pytest.MonkeyPatch, *found: Access) -> Questions:
    left = [*found]
    monkeypatch.setattr(access, "look", lambda *_: left.pop(0))
    return Questions(FakeHost().as_host, Tools(), stack_of(Tools()))


def test_forbidden_forwarding_stays_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(_request: httpx.Request) -> httpx.Response:
        raise httpx.ProxyError(f"{NO_FORWARDING}; {FORWARDING_FIX}")

    answering(monkeypatch, reply)
    seen = asking(monkeypatch, WELL)()
    assert isinstance(seen, Silence)
    assert (seen.patience, seen.lives) == (0, True)
    assert FORWARDING_FIX in seen.why


@pytest.mark.parametrize("status", ["exited", "created", "dead", "missing"])
def test_server_that_certainly_does_not_run_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    answering(monkeypatch, lambda _: pytest.fail("it was asked"))
    seen = asking(monkeypatch, Access(status))()
    assert seen == Silence(f"its container is {status}", lives=False)


def test_after_a_silence_docker_is_asked_again_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.port == 8080:
            raise httpx.ConnectError("connection refused")
        return known(OURS)(request)

    answering(monkeypatch, reply)
    ask = asking(monkeypatch, WELL, Access("running", "", "127.0.0.1", 9090, (OURS,)))
    assert isinstance(ask(), Silence)
    assert ask() == UnderWay(0)
    assert ask() == UnderWay(0), "and not again while it answers"


@pytest.mark.parametrize(
    ("found", "more"),
    [
        (Access("running", "starting"), True),
        (Access("restarting", "unhealthy", restarts=1), True),
        (Access("restarting", "unhealthy", restarts=9), False),
        (Access("running", "unhealthy"), False),
        (Access("running", "starting", cut_off=True), False),
        (Access("unknown"), False),
    ],
)
def test_a_server_that_starts_is_waited_for_longer_than_an_unwell_one(
    monkeypatch: pytest.MonkeyPatch, found: Access, more: bool
) -> None:
    def reply(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    answering(monkeypatch, reply)
    seen, well = asking(monkeypatch, found)(), asking(monkeypatch, WELL)()
    assert isinstance(seen, Silence)
    assert isinstance(well, Silence)
    assert (seen.patience > well.patience) is more
    assert (seen.patience < well.patience) is not more


def looks(*numbers: int) -> Iterator[UnderWay]:
    for number in numbers:
        one = Execution("abc", "team.flow", "RUNNING", "2026")
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


class Clock:
    """Time that goes on by the pauses of a wait alone, and by what a question takes."""

    def __init__(self, takes: float = 0) -> None:
        self.now, self.takes = 100.0, takes

    def drained(
        self, timeout: float, *seen: UnderWay | Silence
    ) -> tuple[UnderWay | Silence, list[str], float]:
        """What is left, what was said, and how long it took; the last answer stays."""
        left, said, start = [*seen], list[str](), self.now

        def look() -> UnderWay | Silence:
            self.now += self.takes
            return left.pop(0) if len(left) > 1 else left[0]

        def pause(seconds: float) -> None:
            self.now += seconds

        found = drain(look, timeout, said.append, pause, lambda: self.now)
        return found, said, self.now - start


SILENT = Silence("connection refused", patience=60)
ONE = UnderWay(1, (Execution("abc", "team.flow", "RUNNING", "2026"),))


@pytest.mark.parametrize("timeout", [300, 0])
def test_one_dropped_connection_is_no_answer(timeout: float) -> None:
    left, said, _ = Clock().drained(timeout, SILENT, UnderWay(0))
    assert left == UnderWay(0)
    assert said == ["Kestra does not tell what runs (connection refused); it is asked again"]


def test_silence_between_answers_is_waited_through() -> None:
    left, said, _ = Clock().drained(300, ONE, SILENT, SILENT, ONE, SILENT, UnderWay(0))
    assert left == UnderWay(0)
    assert [line.partition(" ")[0] for line in said] == ["waiting", "Kestra", "waiting", "Kestra"]


@pytest.mark.parametrize(
    ("timeout", "patience", "takes", "most"),
    [(300, 60, 0, 62), (300, 15, 0, 17), (20, 60, 0, 22), (0, 60, 0, 12), (0, 15, 10, 22)],
)
def test_lasting_silence_is_the_answer_in_the_end(
    timeout: float, patience: float, takes: float, most: float
) -> None:
    left, _, took = Clock(takes).drained(timeout, Silence("hangs", patience))
    assert left == Silence("hangs", patience)
    assert 2 <= took <= most, "it was asked more than once"


def test_silence_counts_from_the_last_answer() -> None:
    quiet = [SILENT] * 25
    left, _, took = Clock().drained(300, *quiet, ONE, *quiet, UnderWay(0))
    assert left == UnderWay(0)
    assert took > 60


@pytest.mark.parametrize("silence", [Silence("exited", lives=False), Silence("forbidden")])
def test_what_no_patience_changes_is_not_asked_again(silence: Silence) -> None:
    assert Clock().drained(300, silence) == (silence, [], 0)
