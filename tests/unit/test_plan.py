"""A plan as text, as JSON and in a file, and what a deploy is held to."""

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from kestra_provision.plan import saved
from kestra_provision.plan.report import (
    Change,
    File,
    HostPlan,
    Operation,
    Plan,
    Setting,
    Touched,
)
from kestra_provision.plan.run import _hold
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
WORDS = "flows | flows valid to the server: Kestra refuses 1 flow; flows/a/b.yaml:3: no such type"
FAILS = replace(CHANGES, name="vps5", fails=(WORDS,))
UNKNOWN = HostPlan("vps4", reason="not reached: timed out")


@pytest.mark.parametrize(
    ("hosts", "result", "code"),
    [
        ((UNCHANGED,), "unchanged", 0),
        ((UNCHANGED, CHANGES), "changes", 2),
        ((CHANGES, REFUSED), "failed", 1),
        ((UNCHANGED, UNKNOWN), "failed", 1),
        ((UNCHANGED, FAILS), "failed", 1),
        ((HostPlan("vps5", fails=(WORDS,)),), "failed", 1),
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
    assert f"  the deploy fails at {WORDS}" in shown
    assert "  Kestra restarts; running executions are waited for up to 300 s" in shown
    assert shown[-1] == "2 operations on 1 host to change. It fails on vps5."
    alone = HostPlan("vps5", fails=(WORDS,))
    assert not alone.unfit, "what is to do is done"
    assert end(Plan((alone,), NOW)) == "It fails on vps5."
    assert saved.differences(FAILS, FAILS) == []
    assert [WORDS in line for line in saved.differences(CHANGES, FAILS)] == [True]


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


def test_a_saved_plan_is_its_owners_alone_and_the_same_when_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "vps.plan"
    file.write_text("what was there before, for everybody")
    file.chmod(0o644)
    plan = Plan((CHANGES, UNCHANGED), NOW)
    saved.save(plan, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == plan.as_json()
    assert saved.read(file) == {"vps1": CHANGES, "vps2": UNCHANGED}
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1, "hosts": [1]}', '{"version": 1, "hosts": [{}]}']
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x"
    file.write_text(text)
    with pytest.raises(click.ClickException, match="is no plan; make it anew"):
        saved.read(file)


@pytest.mark.parametrize("unfit", [REFUSED, HostPlan("vps3", reason="not reached: it is down")])
def test_a_host_that_could_not_be_planned_keeps_no_other_one_back(
    tmp_path: Path, unfit: HostPlan
) -> None:
    file = tmp_path / "x"
    saved.save(Plan((CHANGES, unfit, UNCHANGED), NOW), file)
    with pytest.raises(click.ClickException) as refused:
        saved.read(file)
    assert refused.value.message == (
        f"{file} could not plan vps3; deploy the others by it with --limit vps1 --limit vps2, or "
        f"make it anew: kestra-provision plan --out {file}"
    )
    held = saved.read(file, chosen=True)
    assert saved.differences(held["vps1"], CHANGES) == []
    well = HostPlan("vps3")
    assert saved.differences(held["vps3"], well) == ["it could not be planned then"]


def test_a_plan_of_another_version_or_of_no_use_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text(json.dumps({**Plan((CHANGES,), NOW).as_json(), "version": 99}))
    with pytest.raises(click.ClickException, match="version 99, not 1"):
        saved.read(file)
    with pytest.raises(click.ClickException, match="could not plan vps3; make it anew") as none:
        saved.save(Plan((REFUSED,), NOW), file)
        saved.read(file)
    assert "--limit" not in none.value.message
    with pytest.raises(click.ClickException, match="cannot be read"):
        saved.read(tmp_path / "missing")
    with pytest.raises(click.ClickException, match="cannot be written"):
        saved.save(Plan((CHANGES,), NOW), tmp_path / "no" / "x")


ANOTHER_FILE = (File("/o/compose.yaml", False, "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+z\n"),)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (CHANGES, []),
        (
            replace(CHANGES, operations=(FILES,)),
            ["stack | run as declared: planned: to do; now: nothing to do"],
        ),
        (
            replace(CHANGES, services=()),
            ["Kestra: planned: restarts, waits up to 300 s; now: nothing to do"],
        ),
        (
            replace(CHANGES, files=(*ANOTHER_FILE, CHANGES.files[1])),
            ["/o/compose.yaml: other lines than planned"],
        ),
        (
            replace(CHANGES, settings=(Setting("kestra_memory_mb", "1024", "4096"),)),
            ["setting kestra_memory_mb: planned: 1024 -> 2048; now: 1024 -> 4096"],
        ),
        (
            replace(CHANGES, operations=(FILES, replace(STACK, changes=()))),
            [
                "stack | run as declared: container k: planned: is exited -> runs; "
                "now: nothing to do"
            ],
        ),
        (replace(UNKNOWN, name="vps1"), ["not reached: timed out"]),
        (replace(REFUSED, name="vps1"), [*REFUSED.refused]),
    ],
)
def test_what_is_otherwise_by_now_is_named(now: HostPlan, said: list[str]) -> None:
    assert saved.differences(CHANGES, now) == said


def test_one_host_that_is_otherwise_holds_all() -> None:
    planned = {"vps1": CHANGES, "vps2": UNCHANGED}
    _hold(Plan((CHANGES, UNCHANGED), NOW), planned, everything=True)
    changed = replace(CHANGES, name="vps2")
    with pytest.raises(click.ClickException, match=r"nothing was changed.*\n  vps2: "):
        _hold(Plan((CHANGES, changed), NOW), planned, everything=True)


def test_hosts_that_are_more_or_fewer_than_planned_hold_all() -> None:
    planned = {"vps1": CHANGES, "vps2": UNCHANGED}
    with pytest.raises(click.ClickException, match="vps2: it is in the plan, and not among"):
        _hold(Plan((CHANGES,), NOW), planned, everything=True)
    _hold(Plan((CHANGES,), NOW), planned, everything=False)
    with pytest.raises(click.ClickException, match="vps9: it is not in the plan"):
        _hold(Plan((CHANGES, HostPlan("vps9")), NOW), planned, everything=False)
