"""The wait for Kestra's answer and for its executions: one dropped connection is no answer."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from kestra_provision.kestra import access
from kestra_provision.kestra.access import Access
from kestra_provision.kestra.execution import Execution
from kestra_provision.kestra.executions import Questions, Silence, UnderWay, drain
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.remote.http import FORWARDING_FIX, NO_FORWARDING
from kestra_provision.sync.item import Item
from tests.operations.fake_host import FakeHost
from tests.operations.test_executions import OURS, WELL, answering, known


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


def test_what_nobody_can_reach_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    answering(monkeypatch, reply)
    seen = asking(monkeypatch, replace(WELL, port=None, address=""))()
    assert seen == Silence("connection refused", patience=0)


def asking(monkeypatch: pytest.MonkeyPatch, *found: Access, word: str = "starting") -> Questions:
    """+ word: the host's, for Kestra; empty where it does not tell"""
    left = [*found]
    monkeypatch.setattr(access, "look", lambda *_: left.pop(0))
    told: dict[str, object] = {"service": "kestra", "word": word, "container": None}
    told |= {"detail": "", "answers": {}, "version": ""}
    answer = json.dumps(told) if word else ""
    host = FakeHost(answers={"command -v bash": (bool(word), answer, "bash: killed")})
    return Questions(host.as_host, Tools(), stack_of(Tools()))


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
    ("found", "word", "more"),
    [
        (Access("running", "starting"), "starting", True),
        (Access("running", "starting"), "stuck", False),
        (Access("running", "starting"), "", True),
        (Access("restarting", "unhealthy", restarts=1), "restarting", True),
        (Access("restarting", "unhealthy", restarts=9), "restarting", False),
        (Access("running", "unhealthy"), "unhealthy", False),
        (Access("running", "starting", cut_off=True), "starting", False),
        (Access("unknown"), "unknown", False),
    ],
)
def test_a_server_that_starts_is_waited_for_longer_than_an_unwell_one(
    monkeypatch: pytest.MonkeyPatch, found: Access, word: str, more: bool
) -> None:
    """And than one whose start has failed."""

    def reply(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    answering(monkeypatch, reply)
    seen, well = asking(monkeypatch, found, word=word)(), asking(monkeypatch, WELL)()
    assert isinstance(seen, Silence)
    assert isinstance(well, Silence)
    assert (seen.patience > well.patience) is more
    assert (seen.patience < well.patience) is not more


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
ONE = UnderWay(1, (Execution("abc", Item("team", "flow"), "RUNNING", "2026"),))


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
