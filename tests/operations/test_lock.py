"""The operation that takes the lock: only when something is executed, and never as a change."""

from __future__ import annotations

from typing import Any, cast

import pytest
from pyinfra.api.exceptions import PyinfraError

from kestra_provision.commands import identity, lock
from kestra_provision.commands.lock import Holder
from kestra_provision.facts.condition import Condition
from kestra_provision.facts.lock_times import LockTimes
from kestra_provision.operations import lock as operations
from kestra_provision.run.failure import Failure
from kestra_provision.run.lock import disconnect, release
from kestra_provision.run.observation import expect, fact_look, observed
from tests.operations.fake_host import Answer, FakeHost, raw, yielded

ALICE = Holder("run", "alice@laptop", "2026-01-02 03:04:05", "deploy", "a1", "elsewhere", 1)


def host_that(answers: str | Answer, executing: bool = True) -> FakeHost:
    answer = answers if isinstance(answers, tuple) else (True, answers, "")
    host = FakeHost(answers={"flock": answer})
    host.state.is_executing = executing
    return host


def take(host: FakeHost) -> list[Any]:
    return yielded(host, operations.taken, project="p", why="deploy")


def answer(word: str, holder: Holder) -> str:
    return "\n".join([word, *holder.lines()])


def test_plan_takes_no_lock() -> None:
    host = host_that("taken\n", executing=False)
    assert take(host) == []
    assert host.ran == []


def test_taken_once_a_run_and_let_go_with_its_own_arguments() -> None:
    host = host_that("taken\n")
    host.current_op_global_arguments = {"_sudo": True}
    assert take(host) == []
    assert take(host) == []
    assert len(host.ran) == 1
    host.current_op_global_arguments = None
    release(host.as_host)
    release(host.as_host)
    assert len(host.ran) == 2
    command, arguments = host.ran[1]
    assert "\nremove_lock " in command.get_raw_value()
    assert arguments["_sudo"] is True


def test_refused_with_who_has_it() -> None:
    host = host_that(answer("refused", ALICE))
    (failure,) = take(host)
    assert isinstance(failure, Failure)
    assert "alice@laptop since 2026-01-02 03:04:05 UTC: deploy" in failure.message
    assert raw([failure]) == ["_fail"]
    release(host.as_host)
    assert len(host.ran) == 1, "nothing of ours to let go"


def test_taken_over_from_a_dead_run_is_said() -> None:
    host = host_that(answer("replaced", ALICE))
    assert take(host) == []
    assert host.logs == [
        "took over the lock of a run that is gone, alice@laptop since 2026-01-02 03:04:05 UTC: "
        "deploy"
    ]


def test_run_of_this_laptop_that_is_gone_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Holder("run", "me", "", "deploy", "m1", identity.origin(), 999_999_999)
    host = host_that(answer("refused", mine))
    take(host)
    assert 'take_lock "$p" m1 ' in host.ran[1][0].get_raw_value()


def test_host_that_cannot_lock_is_refused() -> None:
    (failure,) = take(host_that((False, "", "mkdir: No space left on device")))
    assert "could not be taken: mkdir: No space left" in failure.message


def test_answer_of_something_else_fails_this_host_alone() -> None:
    (failure,) = take(host_that("Welcome to vps1!\ntaken\n"))
    assert isinstance(failure, Failure)
    assert "'Welcome to vps1!'" in failure.message
    assert ".bashrc" in failure.message
    with pytest.raises(PyinfraError, match="Welcome"):
        operations.find(host_that("Welcome to vps1!\n").as_host, "p")


def test_every_disconnect_lets_go() -> None:
    host = host_that("taken\n")
    take(host)
    ran: list[int] = []
    disconnect(lambda host: None, lambda host: ran.append(len(cast(Any, host).ran)), host.as_host)
    assert ran == [2], "let go before the connection goes"


def test_host_outside_of_the_run_has_nothing_to_let_go() -> None:
    host = host_that("taken\n")
    host.run.hosts.clear()
    release(host.as_host)
    assert host.ran == []


def test_lock_by_hand() -> None:
    host = host_that("taken\n")
    assert operations.take_by_hand(host.as_host, "p", "disk") == ""
    assert "KIND=manual" in host.ran[0][0].get_raw_value()
    release(host.as_host)
    assert len(host.ran) == 1, "it outlives the command"
    assert "locked by a run" in operations.take_by_hand(
        host_that(answer("refused", ALICE)).as_host, "p", "disk"
    )


def test_find() -> None:
    host = host_that(answer("live", ALICE))
    assert operations.find(host.as_host, "p") == ("live", ALICE)
    assert lock.DIRECTORY in host.ran[0][0].get_raw_value()


@pytest.mark.parametrize(
    ("seen", "before", "holds"),
    [("3", "3", True), ("3", "4", False), ("", "3", False)],
    ids=["nobody had it", "somebody had it in between", "somebody had it then"],
)
def test_what_was_seen_holds_when_nobody_had_the_lock_since(
    seen: str, before: str, holds: bool
) -> None:
    told = f"{seen}\n" if seen else ""
    lines = f"@@answer-x\n{told}\n@@answer-x 1 0\n\n@@answer-x 2 0"
    host = host_that("")
    host.answers = {"sh -s": (True, lines, ""), "flock": (True, f"taken\nTIMES={before}\n", "")}
    times = fact_look(LockTimes, first=True, project="p")
    condition = fact_look(Condition, root_dir="/")
    expect(host.as_host, [times, condition])
    host.state.current_stage = "Prepare"
    observed(host.as_host, LockTimes, project="p")
    host.state.current_stage = "Execute"
    assert take(host) == []
    observed(host.as_host, Condition, root_dir="/")
    assert len(host.ran) == (2 if holds else 3)
