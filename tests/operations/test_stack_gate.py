"""After `compose up`: why it failed, and the gate, which waits for a healthy stack."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pyinfra.api.host import Host

from kestra_provision.facts.health import Health, HostHealth
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.facts.survey import HostSurvey, Listener, Survey
from kestra_provision.health.check import Check
from kestra_provision.health.verdict import Verdict
from kestra_provision.operations import gate as operations
from kestra_provision.operations import stack, stopping
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.run.findings import collecting
from kestra_provision.runbook import journey
from kestra_provision.settings import Settings
from tests.operations.fake_host import FakeHost, call, raw, yielded

Restart = Callable[[Check], object] | None
SETTINGS = Tools()
DECLARED = stack_of(SETTINGS)
HEALTHY = Verdict((Check("container tools-kestra", True, "running", "tools-kestra"),))
SICK = Verdict((Check("/health", False, "503", "tools-kestra"),))
BARE: dict[type, object] = {Health: HostHealth(), Stack: StackSeen(), Survey: HostSurvey()}
WAY_ON = "nothing was lost; mend the cause, then run again: pyinfra inventory deploy.py"


class Gate:
    """Stands for the health checks: its verdict, and whom it explained."""

    def __init__(self) -> None:
        self.verdict = HEALTHY
        self.explained: list[Check] = []
        self.waits = True
        self.restart: Restart = None

    def wait(self, host: Host, settings: Settings, failed: Check | None, restart: Restart) -> bool:
        self.restart = restart
        return self.waits


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    fake = Gate()
    monkeypatch.setattr(operations, "observe", lambda host, settings, **how: fake.verdict)
    monkeypatch.setattr(operations, "stranded", lambda settings, verdict: None)
    monkeypatch.setattr(stack, "look", lambda host, settings: fake.verdict)
    monkeypatch.setattr(stack, "explain", lambda host, settings, c: fake.explained.append(c))
    monkeypatch.setattr(operations, "wait_until_healthy", fake.wait)
    yield fake


def test_failing_compose_names_who_holds_our_port(gate: Gate) -> None:
    taken = HostSurvey(listeners=(Listener("127.0.0.1", 8081, "python3 (pid 7)"),))
    host = FakeHost(
        {**BARE, Survey: taken},
        {"up -d": (False, "", "address already in use")},
    )
    (_check, command) = yielded(host, stack.up, stack=DECLARED)
    assert call(command, host) is False
    (named,) = [line for line in host.logs if line.startswith("port 8081 is taken by python3")]
    assert "set management_port to a free port" in named


def test_failing_compose_shows_its_last_words_and_the_sick_container(gate: Gate) -> None:
    gate.verdict = SICK
    words = "\n".join(f"line {number}" for number in range(9))
    host = FakeHost(
        BARE,
        {"up -d": (False, "", words)},
    )
    (_check, command) = yielded(host, stack.up, stack=DECLARED)
    assert call(command, host) is False
    assert host.logs[3:-1] == [f"    line {number}" for number in range(4, 9)]
    assert gate.explained == [SICK.failed]
    assert host.logs[-1] == WAY_ON


def test_failing_compose_of_a_healthy_stack_explains_nothing(gate: Gate) -> None:
    host = FakeHost(
        BARE,
        {"up -d": (False, "", "conflict")},
    )
    (_check, command) = yielded(host, stack.up, stack=DECLARED)
    assert call(command, host) is False
    assert gate.explained == []


def test_healthy_stack_passes_the_gate_without_a_change(gate: Gate) -> None:
    host = FakeHost()
    assert yielded(host, operations.healthy, settings=SETTINGS) == []
    assert host.noops[0].startswith("healthy: ")


def test_what_this_run_touched_is_waited_for(gate: Gate) -> None:
    """Whatever a first look says, so that a plan can tell that it will be."""
    host = FakeHost()
    host.run.hosts[host.name].touched = True
    (command,) = yielded(host, operations.healthy, settings=SETTINGS)
    assert call(command, host) is True
    assert gate.restart is not None


def test_a_plan_tells_what_will_be_waited_for(gate: Gate) -> None:
    host = FakeHost()
    host.state.is_executing = False
    host.run.hosts[host.name].coming.fates["kestra"] = "restarts"
    (command,) = yielded(host, operations.healthy, settings=SETTINGS)
    assert host.logs == ["container tools-kestra: is waited for then; declared: healthy"]
    assert call(command, host) is True


@pytest.mark.parametrize("comes", [True, False])
def test_sick_stack_is_waited_for(gate: Gate, comes: bool) -> None:
    gate.verdict, gate.waits = SICK, comes
    host = FakeHost()
    (command,) = yielded(host, operations.healthy, settings=SETTINGS)
    assert raw([command]) == ["_wait"]
    assert call(command, host) is comes
    assert (WAY_ON in host.logs) is not comes


def test_runbook_names_its_own_way_on(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "is_under_way", lambda host: True)
    gate.verdict, gate.waits = SICK, False
    host = FakeHost()
    (command,) = yielded(host, operations.healthy, settings=SETTINGS)
    assert call(command, host) is False
    assert WAY_ON not in host.logs


def test_deaf_kestra_is_restarted_before_it_is_waited_for(gate: Gate) -> None:
    gate.verdict = Verdict((replace(SICK.failed, restart=True),))
    commands = yielded(FakeHost(), operations.healthy, settings=SETTINGS)
    assert raw(commands) == ["drain_and_restart", "_wait"]


def test_a_deploy_mends_a_start_that_failed_itself(gate: Gate) -> None:
    """Waiting does not, and no person need."""
    gate.verdict = Verdict((replace(SICK.failed, restart=True, fatal=True, fix="deploy"),))
    host = FakeHost()
    with collecting(host.as_host) as said:
        commands = yielded(host, operations.healthy, settings=SETTINGS)
    assert raw(commands) == ["drain_and_restart", "_wait"]
    assert [difference.fix for difference in said] == [""]


@pytest.mark.parametrize("container", ["tools-kestra", "tools-kestra-postgres"])
def test_a_signal_waits_for_the_last_tasks_of_who_has_some(
    gate: Gate, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "drain", lambda host, settings, stack, timeout: None)
    gate.verdict = Verdict((replace(SICK.failed, container=container, restart=True),))
    host = FakeHost()
    restart, _ = yielded(host, operations.healthy, settings=SETTINGS)
    assert call(restart, host) is True
    said = host.ran[-1][0].get_raw_value()
    assert said.rstrip("'").endswith(f"restart_container {container}")
    assert ("let_tasks_end kestra || exit 0" in said) is (container == "tools-kestra")


@pytest.mark.parametrize("at_once", [True, False])
def test_what_only_a_restart_mends_is_restarted_once(
    gate: Gate, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the wait, or when it shows in it: a Kestra is stale as soon as its database is up."""
    monkeypatch.setattr(stopping, "drain", lambda host, settings, stack, timeout: None)
    gate.verdict = Verdict((replace(SICK.failed, restart=at_once),))
    host = FakeHost()
    wait = yielded(host, operations.healthy, settings=SETTINGS)[-1]
    assert call(wait, host) is True
    assert (gate.restart is None) is at_once
    if gate.restart:
        assert gate.restart(SICK.failed) is True
        assert "restart_container tools-kestra" in host.ran[-1][0].get_raw_value()
