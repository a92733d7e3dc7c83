"""What was seen is not asked again until something was changed."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.state import State

from kestra_provision.facts.condition import Condition, HostCondition
from kestra_provision.run import findings, observation
from kestra_provision.run.observation import (
    Forgetting,
    at_hand,
    expect,
    fact_look,
    forget,
    observed,
)
from kestra_provision.secrets.env import env_look, observed_env, read_env
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.text.difference import MISSING, Difference
from tests.operations.fact_commands import run
from tests.operations.fake_host import FakeHost


class Meta:
    def __init__(self, complete: bool, change: bool) -> None:
        self.is_complete, self.did_change = lambda: complete, lambda: change


def started(host: FakeHost, op_hash: str, **latest: Meta) -> None:
    """Tells the callback that an operation begins, after these ones."""
    data = {name: SimpleNamespace(operation_meta=meta) for name, meta in latest.items()}
    state = cast(State, SimpleNamespace(ops={host: data}))
    Forgetting().operation_host_start(state, host.as_host, op_hash)


def look(host: FakeHost, root_dir: str = "/opt/kestra") -> HostCondition:
    return observed(host.as_host, Condition, root_dir=root_dir)


def test_asked_once_for_the_same() -> None:
    host = FakeHost({Condition: HostCondition()})
    look(host)
    look(host)
    assert len(host.asked) == 1
    look(host, "/srv")
    assert len(host.asked) == 2


@pytest.mark.parametrize(
    ("meta", "asked"),
    [(Meta(True, False), 1), (Meta(True, True), 2), (Meta(False, False), 2)],
    ids=["no change", "change", "failed"],
)
def test_forgotten_after_a_change(meta: Meta, asked: int) -> None:
    host = FakeHost({Condition: HostCondition()})
    started(host, "a")
    look(host)
    started(host, "b", a=meta)
    look(host)
    assert len(host.asked) == asked


def test_each_stage_of_a_run_looks_itself() -> None:
    """Between the plan and its execution a person may think for minutes."""
    host = FakeHost({Condition: HostCondition()})
    state: Any = host.state
    state.current_stage = "Prepare"
    look(host)
    state.current_stage = "Execute"
    look(host)
    assert len(host.asked) == 2


def test_what_is_at_hand_costs_no_question() -> None:
    """Of this stage, or of an earlier one as long as nothing was changed."""
    host, answer = FakeHost({Condition: HostCondition()}), HostCondition()
    asked = fact_look(Condition, root_dir="/opt/kestra")
    state: Any = host.state
    state.current_stage = "Prepare"
    assert at_hand(host.as_host, asked) is None
    expect(host.as_host, [asked])
    look(host)
    assert at_hand(host.as_host, asked) == answer
    state.current_stage = "Execute"
    assert at_hand(host.as_host, asked) == answer
    forget(host.as_host)
    assert at_hand(host.as_host, asked) is None
    assert len(host.asked) == 1


def test_env_is_read_once() -> None:
    host = FakeHost(answers={"stat -c": (True, "600 0 0\nA=1\n.", "")})
    assert observed_env(host.as_host, "/opt/kestra").file.values == {"A": "1"}
    assert observed_env(host.as_host, "/opt/kestra").file.values == {"A": "1"}
    assert len(host.ran) == 1


@pytest.mark.parametrize("read", [observed_env, read_env])
def test_env_that_arrived_cut_off_is_not_taken_for_the_file(read: Callable[..., Any]) -> None:
    """A deploy would write it back without the rest; pyinfra's reader ends at such a byte."""
    host = FakeHost(answers={"stat -c": (True, "600 0 0\nMINE=1\n", "")})
    with pytest.raises(
        EnvFileError, match=r"/opt/kestra/\.env arrived cut off.* on the host .*grep"
    ):
        read(host.as_host, "/opt/kestra")


def test_env_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """Whoever opens a pipe waits for somebody at its other end."""
    asked = env_look(str(tmp_path)).text
    assert run(asked).stdout == ""
    (tmp_path / ".env").write_text("A=1")
    assert run(asked).stdout.partition("\n")[2] == "A=1.\n"
    (tmp_path / ".env").unlink()
    os.mkfifo(tmp_path / ".env")
    told = run(asked)
    assert (told.returncode, told.stderr) == (1, "it is no file\n")


def test_differences_are_printed_by_a_deploy_and_listed_by_a_check() -> None:
    host = FakeHost()
    findings.differs(host.as_host, "/a", "600", "644")
    findings.differs(host.as_host, "/b", "600", MISSING)
    findings.notice(host.as_host, "clock", "right", "wrong", "mend it")
    assert host.logs == ["/a: 644; declared: 600", "clock: wrong; mend it"]
    with findings.collecting(host.as_host) as listed:
        findings.differs(host.as_host, "/b", "600", MISSING)
        findings.notice(host.as_host, "clock", "right", "wrong", "mend it")
    assert listed == [
        Difference("/b", "600", "missing"),
        Difference("clock", "right", "wrong", "mend it", "notice"),
    ]
    assert len(host.logs) == 2
    assert findings.collected(host.as_host) is None


def test_first_question_of_a_stage_brings_what_is_expected() -> None:
    host = FakeHost(
        answers={
            "sh -s": (True, "@@answer-x\n\n@@answer-x 1 0\n600 0 0\nA=1\n.\n@@answer-x 2 0", "")
        }
    )
    expect(host.as_host, [fact_look(Condition, root_dir="/opt/kestra"), env_look("/opt/kestra")])
    assert look(host) == HostCondition()
    assert observed_env(host.as_host, "/opt/kestra").file.values == {"A": "1"}
    assert (len(host.ran), host.asked) == (1, [])


def test_after_a_change_only_what_is_asked_is_looked_at() -> None:
    host = FakeHost(
        {Condition: HostCondition()}, {"sh -s": (True, "@@answer-x\n\n@@answer-x 1 0", "")}
    )
    expect(host.as_host, [fact_look(Condition, root_dir="/opt/kestra")])
    look(host)
    forget(host.as_host)
    look(host)
    assert (len(host.ran), len(host.asked)) == (1, 1)


def test_question_without_an_answer_is_asked_alone() -> None:
    host = FakeHost({Condition: HostCondition()}, {"sh -s": (False, "", "no space left")})
    expect(host.as_host, [fact_look(Condition, root_dir="/opt/kestra")])
    look(host)
    assert len(host.asked) == 1


@pytest.mark.parametrize(("seconds", "looks"), [(5, 1), (60, 2)])
def test_what_changes_by_itself_is_looked_at_anew_after_a_moment(
    monkeypatch: pytest.MonkeyPatch, seconds: float, looks: int
) -> None:
    """While another host of the run was long at work; all of it in one channel."""
    now = [100.0]
    monkeypatch.setattr(observation, "monotonic", lambda: now[0])
    host = FakeHost(answers={"sh -s": (True, "@@answer-x\n\n@@answer-x 1 0", "")})
    expect(host.as_host, [fact_look(Condition, root_dir="/opt/kestra")])
    look(host)
    now[0] += seconds
    look(host)
    assert len(host.ran) == 1
    observation.refresh(host.as_host)
    look(host)
    assert (len(host.ran), host.asked) == (looks, [])


def test_what_is_of_use_at_the_beginning_is_asked_then() -> None:
    host = FakeHost({}, {"sh -s": (True, "@@answer-x\n\n@@answer-x 1 0\n\n@@answer-x 2 0", "")})
    first = fact_look(Condition, first=True, root_dir="/")
    expect(host.as_host, [first, fact_look(Condition, root_dir="/opt/kestra")])
    state: Any = host.state
    for stage in ("Prepare", "Execute"):
        state.current_stage = stage
        look(host)
    scripts = [arguments["_stdin"] for _, arguments in host.ran]
    assert [script.count("< /dev/null >") for script in scripts] == [2, 1]


def staged(host: FakeHost, stage: str) -> None:
    state: Any = host.state
    state.current_stage = stage


@pytest.mark.parametrize(("seconds", "asked"), [(5, 1), (60, 2)])
def test_what_nobody_changed_since_holds_in_the_next_stage_for_a_moment(
    seconds: int, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(observation, "monotonic", lambda: now[0])
    host = FakeHost(answers={"sh -s": (True, "@@answer-x\n\n@@answer-x 1 0", "")})
    expect(host.as_host, [fact_look(Condition, root_dir="/opt/kestra")])
    staged(host, "Prepare")
    look(host)
    staged(host, "Execute")
    now[0] += seconds
    observation.still_holds(host.as_host)
    look(host)
    assert len(host.ran) == asked
