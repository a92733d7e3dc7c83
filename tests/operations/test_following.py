"""An execution followed to its end, past a server that restarts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from kestra_provision.kestra.executing import UnknownError
from kestra_provision.kestra.execution import Execution, read
from kestra_provision.kestra.following import Following
from tests.operations.kestra_server import Server, execution, line

GONE = httpx.Response(404, json={"message": "Not Found"})
DROPPED = httpx.ConnectError("connection refused")


class Followed:
    """What was seen, and how long it took by a clock that only pauses move."""

    def __init__(self, answers: dict[str, Any], timeout: float | None = None) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.states: list[str] = []
        self.silences: list[str] = []
        self.server = Server(answers)
        following = Following(
            self.server.client(),
            read(execution()),
            lambda each: self.lines.append(each.message),
            self._changed,
            lambda error: self.silences.append(str(error)),
            pause=self._pause,
            clock=lambda: self.now,
        )
        self.end = following.to_the_end(timeout)

    def _pause(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def _changed(self, seen: Execution) -> None:
        self.states.append(seen.state)


def states(*names: str) -> list[dict[str, Any]]:
    return [execution("abc", name) for name in names]


def test_each_line_once_and_each_state() -> None:
    logs = [[], [line("one")], [line("one"), line("two"), line("two")]]
    seen = Followed(
        {
            "GET /executions/abc": states("CREATED", "RUNNING", "RUNNING", "SUCCESS"),
            "GET /logs/abc": logs,
        }
    )
    assert seen.end.state == "SUCCESS"
    assert seen.lines == ["one", "two", "two"]
    assert seen.states == ["CREATED", "RUNNING"]


def test_lines_that_come_after_the_end() -> None:
    logs: list[list[dict[str, Any]]] = [[], [], [line("late")], [line("late"), line("later")]]
    seen = Followed({"GET /executions/abc": states("FAILED"), "GET /logs/abc": logs})
    assert seen.lines == ["late", "later"]


def test_a_flow_without_a_word_ends_as_well() -> None:
    seen = Followed({"GET /executions/abc": states("SUCCESS"), "GET /logs/abc": [[]]})
    assert (seen.end.state, seen.lines) == ("SUCCESS", [])


def test_time_is_up() -> None:
    seen = Followed({"GET /executions/abc": states("PAUSED"), "GET /logs/abc": [[]]}, timeout=7)
    assert (seen.end.state, seen.now) == ("PAUSED", 7)


def test_one_that_is_not_written_down_yet() -> None:
    seen = Followed(
        {"GET /executions/abc": [GONE, GONE, execution("abc", "SUCCESS")], "GET /logs/abc": [[]]}
    )
    assert seen.end.state == "SUCCESS"


def test_one_that_somebody_deleted() -> None:
    with pytest.raises(UnknownError, match="execution abc"):
        Followed({"GET /executions/abc": [GONE]})


@pytest.mark.parametrize(
    "fault", [DROPPED, httpx.ReadTimeout("no answer within 10 s"), httpx.Response(503)]
)
def test_a_server_that_restarts_meanwhile(fault: Any) -> None:
    seen = Followed(
        {
            "GET /executions/abc": [
                execution("abc", "RUNNING"),
                *[fault] * 5,
                execution("abc", "SUCCESS"),
            ],
            "GET /logs/abc": [[]],
        }
    )
    assert seen.end.state == "SUCCESS"


def test_a_restart_may_take_the_grace_of_all_tasks_and_each_silence_is_told_once() -> None:
    running = execution("abc", "RUNNING")
    looks = [running, *[DROPPED] * 75, running, DROPPED, execution("abc", "SUCCESS")]
    seen = Followed({"GET /executions/abc": looks, "GET /logs": [[]]})
    assert seen.end.state == "SUCCESS"
    assert seen.now > 350
    assert seen.silences == ["connection refused"] * 2


def test_a_server_that_stays_silent() -> None:
    with pytest.raises(httpx.ConnectError):
        Followed({"GET /executions/abc": [execution("abc", "RUNNING"), DROPPED], "GET /logs": [[]]})


@pytest.mark.parametrize(
    "fault", [httpx.ProxyError("forwards no connections"), httpx.Response(401)]
)
def test_what_stays_forbidden_is_not_asked_again(fault: Any) -> None:
    with pytest.raises(httpx.HTTPError):
        Followed({"GET /executions/abc": [fault, execution("abc", "SUCCESS")], "GET /logs": [[]]})
