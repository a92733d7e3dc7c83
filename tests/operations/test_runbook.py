"""Steps of the runbooks: what stops them, what is said, what is left on record."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.state import State

from kestra_provision.drift.report import Finding
from kestra_provision.facts.container import Container
from kestra_provision.facts.running import Instance, Running, RunningSeen
from kestra_provision.facts.stack import StackSeen
from kestra_provision.operations import runbook
from kestra_provision.run.failure import Failure
from kestra_provision.run.options import Restart
from kestra_provision.runbook import expected, journey
from tests.operations.fake_host import Answer, FakeHost, call, raw, yielded
from tests.operations.runbook_host import SETTINGS, STACK, a_host


def found(stage: str, what: str) -> Finding:
    return Finding("drift", stage, what, "declared", "actual", "")


def check(host: FakeHost, monkeypatch: pytest.MonkeyPatch, *f: Finding, **options: bool) -> Any:
    names = {"before": "lock | x", "me": "restart | step 1/9", "later": "files | y"}
    later = {"stop": "restart | step 6/9"}
    extra: Any = host
    extra.op_hash_order = [*names, *later]
    extra.current_op_hash = "me"
    host.state.get_op_meta = lambda h: SimpleNamespace(names={{**names, **later}[h]})
    asked: list[list[str]] = []

    def evaluate(state: object, host: object, hashes: list[str]) -> list[Finding]:
        asked.append(hashes)
        return list(f)

    monkeypatch.setattr(runbook, "evaluate", evaluate)
    commands = yielded(host, runbook.checked, stack=STACK, options=Restart(**options))
    assert asked in ([], [["later"]]), "the deploy's own operations that follow, and no others"
    return commands


def test_drift_stops_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    host = a_host()
    (failure,) = check(host, monkeypatch, found("files", "/a"))
    assert isinstance(failure, Failure)
    assert "kestra-provision restart fake --accept-drift" in failure.message
    assert host.logs == ["drift: files: /a: actual; declared: declared"]


def test_drift_that_is_accepted_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    host = a_host()
    assert check(host, monkeypatch, found("files", "/a"), accept_drift=True) == []
    assert host.logs[0].startswith("drift: files: /a")


def test_a_plan_evaluates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(a_host(executing=False), monkeypatch, found("files", "/a")) == []


@pytest.mark.parametrize(
    ("finding", "container", "pull", "of_a_restart"),
    [
        (found("health", "/health"), {}, False, True),
        (found("stack", "container tools-kestra"), None, False, True),
        (found("stack", "container tools-kestra"), {"status": "exited"}, False, True),
        (found("stack", "container tools-kestra"), {"health": "unhealthy"}, False, True),
        (found("stack", "container tools-kestra"), {"image": "old"}, False, False),
        (found("stack", "container tools-kestra"), {"image": "old"}, True, True),
        (found("stack", "container tools-kestra"), {}, True, False),
        (found("stack", "network x"), {"status": "exited"}, False, False),
        (found("images", "image x"), {}, False, False),
        (found("images", "image x"), {}, True, True),
        (found("files", "/a"), {"status": "exited"}, True, False),
    ],
)
def test_what_a_restart_is_there_to_mend(
    finding: Finding, container: dict[str, str] | None, pull: bool, of_a_restart: bool
) -> None:
    given = {"status": "running", "image": "new", **(container or {})}
    live = Container("tools-kestra", "kestra", **given)  # type: ignore[arg-type]
    seen = StackSeen(
        {} if container is None else {"tools-kestra": live}, images={SETTINGS.kestra_image: "new"}
    )
    assert expected.of_a_restart(finding, seen, STACK, pull) is of_a_restart


def test_plan_of_a_restart_shows_that_kestra_starts_again() -> None:
    """What starts it finds nothing to do while the plan is made: Kestra still runs."""
    assert len(yielded(a_host(executing=False), runbook.starting)) == 1
    assert yielded(a_host(), runbook.starting) == []


def test_record_holds_what_ran_before_and_after() -> None:
    host = a_host()
    yielded(host, runbook.begun, action="restart", stack=STACK)
    assert host.logs[0] == (
        "tools-kestra: running, healthy since 2026-01-02 03:04:05 UTC, "
        "kestra/kestra:v1.3.39 (aaaaaaaaaaaa)"
    )
    assert host.logs[1] == "tools-kestra-postgres: does not exist"
    host.facts[Running] = RunningSeen()
    (command,) = yielded(host, runbook.recorded, result="healthy")
    assert call(command, host) is True
    appended, arguments = host.ran[0]
    assert "/opt/kestra/logs/audit.jsonl" in appended.get_raw_value()
    record = json.loads(arguments["_stdin"])
    assert record["before"]["kestra"] == "kestra/kestra:v1.3.39"
    assert record["after"]["kestra"] == ""
    assert (record["action"], record["result"]) == ("restart", "healthy")


def test_record_that_cannot_be_written_fails_the_step() -> None:
    host = a_host(audit=(False, "", "No space left on device"))
    journey.begin(host.as_host, "stop", {})
    (command,) = yielded(host, runbook.recorded, result="stopped")
    assert call(command, host) is False
    assert "No space left" in host.logs[0]


def test_failed_step_tells_the_state_the_way_on_and_the_record() -> None:
    host = a_host()
    journey.begin(host.as_host, "restart", {})
    state = host.state
    state.get_op_meta = lambda h: SimpleNamespace(names={"stack | up"})
    failing = journey.Failing()
    failing.operation_host_error(cast(State, state), host.as_host, "hash")
    assert host.logs[0].startswith("tools-kestra: running, healthy")
    assert host.logs[-1] == "mend the cause, then go on: kestra-provision restart fake"
    assert json.loads(host.ran[0][1]["_stdin"])["result"] == "failed: stack | up"
    failing.operation_host_error(cast(State, state), host.as_host, "hash")
    assert len(host.ran) == 1, "one record a run"


def test_interrupt_tells_what_was_done_what_is_under_way_and_the_way_on() -> None:
    host = a_host()
    names = {"a": "restart | step 2/10: status", "b": "restart | step 6/10: Kestra stops"}
    names |= {"c": "restart | step 7/10: PostgreSQL stops", "d": "stack | up"}
    host.state.get_op_meta = lambda h: SimpleNamespace(names={names[h]})
    host.state.ops = {host: {h: ended(changed=h == "b", complete=h in "ab") for h in names}}
    extra: Any = host
    extra.op_hash_order, extra.executing_op_hash = [*names], "c"
    assert journey.where_it_stands(cast(State, host.state)) == []
    journey.begin(host.as_host, "restart", {})
    assert journey.where_it_stands(cast(State, host.state)) == [
        "[fake] done: restart | step 6/10: Kestra stops",
        "[fake] under way: restart | step 7/10: PostgreSQL stops (what it began may go on on the "
        "host)",
        "[fake] go on: kestra-provision restart fake",
    ]
    assert host.ran == [], "nothing is asked"


def ended(changed: bool, complete: bool) -> Any:
    meta = SimpleNamespace(is_complete=lambda: complete, did_change=lambda: changed)
    return SimpleNamespace(operation_meta=meta)


def test_deploy_that_fails_leaves_no_record() -> None:
    host = a_host()
    journey.Failing().operation_host_error(cast(State, SimpleNamespace()), host.as_host, "hash")
    assert (host.ran, host.logs) == ([], [])


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((True, '{"overallHealth": "healthy"}', ""), ""),
        ((False, '{"overallHealth": "degraded"}', ""), "degraded"),
        ((False, "", ""), "is missing"),
    ],
)
def test_the_hosts_own_check_has_the_last_word(answer: Answer, problem: str) -> None:
    host = a_host(health=answer)
    commands = yielded(host, runbook.judged, settings=SETTINGS)
    assert raw(commands) == (["_fail"] if problem else [])
    if problem:
        assert problem in commands[0].message  # type: ignore[attr-defined]


def test_running_reads_both_containers() -> None:
    line = json.dumps(
        {"id": "1", "image": "k", "image_id": "sha256:2", "status": "running", "started": "2026"}
        | {"health": "healthy", "config": None}
    )
    seen = Running().process(["", "@@kestra", line, "", "@@postgres"])
    assert seen["kestra"] == Instance("1", "k", "sha256:2", "running", "2026", "healthy", "")
    assert str(seen["postgres"]) == "does not exist"
    assert "index .Config.Labels" in Running().command({"kestra": "k"})
