"""A plan in a file, and what a deploy is held to."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import click
import pytest

from kestra_provision.plan import saved
from kestra_provision.plan.report import File, HostPlan, Plan, Setting
from kestra_provision.plan.run import _hold
from tests.unit.test_plan import CHANGES, FILES, NOW, REFUSED, STACK, UNCHANGED, UNKNOWN


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
