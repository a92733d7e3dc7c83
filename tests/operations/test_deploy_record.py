"""A deploy that changed something leaves a record, one that did not leaves none."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.state import State

from kestra_provision.facts.container import Container
from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.profiles.tools import Tools
from kestra_provision.run.options import Deploy, Restart
from kestra_provision.run.state import HeldLock, HostRun
from kestra_provision.runbook import journey
from kestra_provision.settings.shown import recorded
from tests.operations.fake_host import FakeHost
from tests.operations.runbook_host import SETTINGS, a_host

KESTRA = Container(
    "tools-kestra",
    "kestra",
    "sha256:before",
    "running",
    config_hash="c0",
    reference="kestra/kestra:v1.3.38",
)


def operation(changed: bool = False, complete: bool = True, succeeded: bool = True) -> Any:
    meta = SimpleNamespace(
        is_complete=lambda: complete,
        did_change=lambda: changed,
        did_succeed=lambda: succeeded,
    )
    return SimpleNamespace(operation_meta=meta)


def deploying(
    *operations: Any, settings: Tools = SETTINGS, bare: bool = False, **before: Any
) -> FakeHost:
    """A host on which a deploy holds the lock, and these operations were executed."""
    host = a_host()
    host.facts |= {Stack: StackSeen({} if bare else {"tools-kestra": KESTRA})}
    host.facts |= {SettingsRecord: {**recorded(SETTINGS), **before} if before else {}}
    of_host = host.run.hosts[host.name] = HostRun(settings, deploys=True)
    of_host.lock = HeldLock("tools-kestra", "me", {"_sudo": True})
    host.state.ops = {host: dict(enumerate(operations))}
    extra: Any = host
    extra.get_fact = lambda fact, **_: host.facts[fact]
    journey.begin_quietly(host.as_host)
    return host


def record(host: FakeHost) -> dict[str, Any]:
    """The line that was appended."""
    journey.quietly_ended(host.as_host)
    (line,) = [a["_stdin"] for c, a in host.ran if "audit.jsonl" in c.get_raw_value()]
    found: dict[str, Any] = json.loads(line)
    return found


def test_it_tells_what_ran_who_and_which_settings() -> None:
    host = deploying(
        operation(changed=True),
        operation(),
        settings=Tools(kestra_memory_mb=2048),
        kestra_memory_mb=1024,
    )
    host.run.options["deploy"] = Deploy(reason="more memory")
    found = record(host)
    assert (found["action"], found["result"], found["reason"]) == (
        "deploy",
        "healthy",
        "more memory",
    )
    assert "@" in found["operator"]
    assert found["settings"] == {"kestra_memory_mb": ["1024", "2048"]}
    assert found["before"]["kestra"] == "kestra/kestra:v1.3.38"
    assert found["after"]["kestra"] == "kestra/kestra:v1.3.39"
    assert all(arguments["_sudo"] for _, arguments in host.ran)


def test_the_settings_are_kept_for_the_next_one() -> None:
    host = deploying(operation(changed=True))
    record(host)
    (kept,) = [a["_stdin"] for c, a in host.ran if "settings.json" in c.get_raw_value()]
    assert json.loads(kept) == recorded(SETTINGS)
    (command,) = [c.get_raw_value() for c, _ in host.ran if "settings.json" in c.get_raw_value()]
    assert "umask 077" in command and "chmod 600" in command


@pytest.mark.parametrize(
    "operations", [(), (operation(),), (operation(changed=True, complete=False),)]
)
def test_nothing_changed_is_nothing_to_write_down(operations: tuple[Any, ...]) -> None:
    host = deploying(*operations)
    journey.quietly_ended(host.as_host)
    assert host.ran == []


def test_failure_is_named_and_its_settings_count_not_as_applied() -> None:
    host = deploying(operation(changed=True), operation(succeeded=False))
    host.state.get_op_meta = lambda h: SimpleNamespace(names={"health | Kestra answers"})
    journey.Failing().operation_host_error(cast(State, host.state), host.as_host, "hash")
    assert host.logs == [], "the operation has said it"
    assert record(host)["result"] == "failed: health | Kestra answers"
    assert not any("settings.json" in c.get_raw_value() for c, _ in host.ran)


@pytest.mark.parametrize(("bare", "lines"), [(True, 0), (False, 1)])
def test_failure_before_the_first_change_leaves_a_bare_host_bare(bare: bool, lines: int) -> None:
    host = deploying(operation(succeeded=False), bare=bare)
    host.state.get_op_meta = lambda h: SimpleNamespace(names={"docker | the repository"})
    journey.Failing().operation_host_error(cast(State, host.state), host.as_host, "hash")
    journey.quietly_ended(host.as_host)
    assert len(host.ran) == lines


def test_a_runbook_has_a_record_of_its_own() -> None:
    host = a_host()
    host.run.options["restart"] = Restart()
    host.run.hosts[host.name].deploys = True
    journey.begin_quietly(host.as_host)
    assert host.run.hosts[host.name].journey is None
    journey.begin(host.as_host, "restart", {})
    journey.quietly_ended(host.as_host)
    assert host.ran == []


def test_a_host_that_was_refused_has_none() -> None:
    host = a_host()
    journey.quietly_ended(host.as_host)
    assert host.ran == []


def test_interrupted_before_its_first_change_says_so() -> None:
    host = a_host(executing=False)
    assert journey.where_it_stands(cast(State, host.state)) == ["[fake] nothing was changed"]


def test_interrupted_says_how_to_go_on() -> None:
    host = deploying(operation(changed=True))
    host.state.get_op_meta = lambda h: SimpleNamespace(names={"files | compose.yaml"})
    extra: Any = host
    extra.op_hash_order, extra.executing_op_hash = [0], None
    assert journey.where_it_stands(cast(State, host.state)) == [
        "[fake] done: files | compose.yaml",
        "[fake] under way: nothing",
        "[fake] go on: pyinfra inventory deploy.py --limit fake",
    ]
