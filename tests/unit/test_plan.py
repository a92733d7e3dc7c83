"""A plan as text, as JSON and in a file, and what a deploy is held to."""

from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from kestra_provision.plan import saved
from kestra_provision.plan.report import (
    Change,
    Failing,
    File,
    HostPlan,
    Operation,
    Plan,
    Setting,
    Touched,
)
from kestra_provision.plan.text import render
from kestra_provision.plan.words import end, says, touched
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.run.coming import Fate
from tests.schemas import schema

NOW = "2026-01-02T03:04:05Z"
STACK = Operation("stack", "run as declared", (Change("container k", "runs", "is exited"),))
FILES = Operation("files", "compose.yaml", (Change("/o/compose.yaml", "as rendered", "other"),))
CHANGES = HostPlan(
    "vps1",
    operations=(FILES, STACK),
    files=(
        File("/o/compose.yaml", False, "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"),
        File("/o/n", True),
    ),
    services=(Touched("kestra", "Kestra", "restarts", 300),),
    settings=(Setting("kestra_memory_mb", "1024", "2048"),),
)
UNCHANGED = HostPlan("vps2")
REFUSED = HostPlan("vps3", refused=("memory: too small; fix: use a larger server",))
FAILING = Failing(
    "flows",
    "flows valid to the server",
    "Kestra refuses 1 flow; flows/a/b.yaml:3: no such type",
)
FAILS = replace(CHANGES, name="vps5", fails=FAILING)
UNKNOWN = HostPlan("vps4", reason="not reached: timed out")


@pytest.mark.parametrize(
    ("hosts", "result", "code"),
    [
        ((UNCHANGED,), "unchanged", 0),
        ((UNCHANGED, CHANGES), "changes", 2),
        ((CHANGES, REFUSED), "failed", 1),
        ((UNCHANGED, UNKNOWN), "failed", 1),
        ((UNCHANGED, FAILS), "failed", 1),
        ((HostPlan("vps5", fails=FAILING),), "failed", 1),
    ],
)
def test_the_worst_host_decides(hosts: tuple[HostPlan, ...], result: str, code: int) -> None:
    plan = Plan(hosts, NOW)
    assert (plan.result, plan.exit_code) == (result, code)
    jsonschema.validate(plan.as_json(), schema("plan/plan.schema.json"))


def _worse(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The same with something that is no plan."""
    (host,) = found["hosts"]
    return [
        {**found, "version": 2},
        {**found, "exit_code": 0},
        {**found, "hosts": []},
        {**found, "hosts": [{**host, "password": "x"}]},
        {**found, "hosts": [{**host, "result": "unchanged"}]},
        {**found, "hosts": [{**host, "services": [{"service": "kestra", "does": "explodes"}]}]},
    ]


def test_the_schema_describes_no_more_than_a_plan() -> None:
    found = Plan((CHANGES,), NOW).as_json()
    jsonschema.validate(found, schema("plan/plan.schema.json"))
    for worse in _worse(found):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(worse, schema("plan/plan.schema.json"))


def test_text_says_what_changes_and_what_becomes_of_what_runs() -> None:
    shown = render(Plan((CHANGES, UNCHANGED, REFUSED, UNKNOWN), NOW))
    for line in (
        "vps1: changes",
        "  kestra_memory_mb: 1024 -> 2048",
        "  stack | run as declared",
        "    container k: is exited -> runs",
        "  +y",
        "  /o/n: new",
        "  Kestra restarts; running executions are waited for up to 300 s",
        "vps2: unchanged",
        "  memory: too small; fix: use a larger server",
        "  not reached: timed out",
        "2 operations on 1 host to change. Not planned: vps3 and vps4.",
    ):
        assert line in shown.splitlines(), shown
    assert end(Plan((UNCHANGED,), NOW)) == "Nothing to change on 1 host."


def test_what_ends_the_deploy_comes_after_what_it_does() -> None:
    shown = render(Plan((FAILS,), NOW)).splitlines()
    assert shown[0] == "vps5: fails"
    assert f"  the deploy fails at flows | flows valid to the server: {FAILING.why}" in shown
    assert "  Kestra restarts; running executions are waited for up to 300 s" in shown
    assert shown[-1] == "2 operations on 1 host to change. It fails on vps5."
    alone = HostPlan("vps5", fails=FAILING)
    assert not alone.unfit, "what is to do is done"
    assert end(Plan((alone,), NOW)) == "It fails on vps5."
    assert saved.differences(FAILS, FAILS) == []
    name = "flows | flows valid to the server"
    told = [f"{name}: planned: nothing to do; now: fails: {FAILING.why}"]
    assert saved.differences(CHANGES, FAILS) == told


def test_what_is_not_certain_is_said() -> None:
    unsure = replace(CHANGES, unsure="Docker does not run")
    assert "  Docker does not run" in render(Plan((unsure,), NOW)).splitlines()


def test_a_host_steers_no_terminal() -> None:
    nasty = replace(CHANGES, files=(File("/o/x", False, "+\x1b[31mred\n"),))
    assert "\x1b" not in render(Plan((nasty,), NOW))


@pytest.mark.parametrize(
    ("fates", "said"),
    [
        ({}, ["nothing restarts"]),
        (
            {"kestra": "restarts"},
            ["Kestra restarts; running executions are waited for up to 300 s"],
        ),
        ({"kestra": "starts", "postgres": "starts"}, ["Kestra starts", "PostgreSQL starts"]),
        ({"postgres": "restarts"}, ["PostgreSQL restarts"]),
        ({"old": "stops"}, ["old stops"]),
    ],
)
def test_what_becomes_of_containers(fates: dict[str, Fate], said: list[str]) -> None:
    stack = stack_of(Tools())
    assert says(touched(stack, fates, 300)) == said


def test_what_only_the_fetch_tells_is_said_as_that() -> None:
    (said,) = says([Touched("kestra", "Kestra", "may-restart", 300)])
    assert said.startswith("Kestra may restart, which only doing it tells")
