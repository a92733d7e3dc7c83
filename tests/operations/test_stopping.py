"""What a runbook stops: executions that still run, the containers, and their logs kept."""

from __future__ import annotations

import pytest

from kestra_provision.kestra import executions
from kestra_provision.kestra.execution import Execution
from kestra_provision.kestra.executions import Silence, UnderWay
from kestra_provision.operations import stopping
from kestra_provision.sync.item import Item
from tests.operations.fake_host import call, yielded
from tests.operations.runbook_host import SETTINGS, STACK, a_host


@pytest.mark.parametrize(
    ("service", "grace"), [("kestra", 'stop_container "$i" 360'), ("postgres", '"$i" 60')]
)
def test_stop_says_what_it_stopped(service: str, grace: str) -> None:
    host = a_host(docker_stop=(True, "abc123\n", ""))
    (command,) = yielded(host, stopping.stopped, stack=STACK, service=service)
    assert call(command, host) is True
    assert host.logs[1:] == ["✓ abc123 stopped"]
    ran = host.ran[0][0].get_raw_value()
    assert grace in ran
    assert f"label=com.docker.compose.service={service}" in ran
    assert ran.rindex("docker unpause") < ran.rindex("stop_container")


def test_stop_of_nothing_and_stop_that_fails() -> None:
    host = a_host()
    (command,) = yielded(host, stopping.stopped, stack=STACK, service="kestra")
    assert call(command, host) is True
    assert host.logs[1:] == ["no container running"]
    host = a_host(docker_stop=(False, "", "no daemon"))
    assert call(command, host) is False
    assert host.logs[1:] == ["not stopped: no daemon"]


def drained(
    monkeypatch: pytest.MonkeyPatch, seen: UnderWay | Silence, timeout: int = 0
) -> list[str]:
    monkeypatch.setattr(executions, "drain", lambda *_, **__: seen)
    host = a_host()
    steps = yielded(host, stopping.drained, settings=SETTINGS, stack=STACK, timeout=timeout)
    assert steps == []
    assert "new executions may still begin" in host.logs[0]
    assert "docker unpause" in host.ran[0][0].get_raw_value()
    return host.logs[1:]


def test_what_is_left_running_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Execution("abc", Item("team", "flow"), "RUNNING", "2026-01-02 03:04:05")
    going_on, listed = drained(monkeypatch, UnderWay(1, (one,)))
    assert "without waiting (drain_timeout = 0) with 1 execution running" in going_on
    assert listed == "    team/flow abc, RUNNING since 2026-01-02 03:04:05"
    going_on, _ = drained(monkeypatch, UnderWay(1, (one,)), timeout=9)
    assert "after 9 s with 1 execution running" in going_on


def test_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drained(monkeypatch, UnderWay(0)) == ["no execution is running"]


def test_only_a_server_that_does_not_run_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = drained(monkeypatch, Silence("its container is exited", lives=False))
    assert line == "skipped: Kestra does not run, its container is exited"


def test_lasting_silence_is_no_obstacle_and_is_called_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (line,) = drained(monkeypatch, Silence("it answers 401", patience=60), timeout=300)
    assert line.startswith("going on without an answer: Kestra did not tell within 0 s what runs")
    assert "(it answers 401)" in line
    assert "a task may run twice" in line


def test_logs_are_saved_without_the_secrets_that_travel_on_stdin() -> None:
    env = "600 0 0\nKESTRA_DB_PASSWORD=Obviously-fake-1\n."
    host = a_host(stat=(True, env, ""))
    (command,) = yielded(host, stopping.logs_saved, stack=STACK, action="restart")
    assert call(command, host) is True
    (line,) = host.logs
    assert line.startswith("saved: /opt/kestra/logs/2")
    assert line.endswith("Z-restart.log")
    assert host.ran[1][1]["_stdin"] == "Obviously-fake-1\n"
    assert "Obviously-fake-1" not in host.said


def test_logs_are_not_saved_when_nothing_can_be_struck_out() -> None:
    host = a_host(stat=(False, "", "Input/output error"))
    (command,) = yielded(host, stopping.logs_saved, stack=STACK, action="restart")
    assert call(command, host) is True
    assert "skipped, because secrets" in host.logs[0]
    assert len(host.ran) == 1
