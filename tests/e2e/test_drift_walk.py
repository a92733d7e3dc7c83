"""Every operation: applied, no change, changed by hand, seen by plan and drift check, repaired."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Site, found
from tests.e2e.drifts import WAVES, Drift


@pytest.mark.parametrize("wave", WAVES.values(), ids=WAVES.keys())
def test_walk(converged: Site, wave: dict[str, Drift]) -> None:
    """The shared server is converged before the first wave and after each."""
    # systemd refuses a third start within a minute, and these are this test's own.
    converged.vps.run("systemctl reset-failed docker")
    for drift in wave.values():
        converged.vps.run(drift.by_hand)
    plan, report = converged.plan(), found(converged.drift())
    assert {drift.operation for drift in wave.values()} <= set(plan)
    assert {f["stage"] for f in report} == {_stage(operation) for operation in plan}
    said = [f"{f['stage']} | {f['what']}: {f['actual']}" for f in report]
    for name, drift in wave.items():
        stages = {_stage(line) for line in said if drift.said in line}
        assert _stage(drift.operation) in stages, (name, said)
    done = converged.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    for name, drift in wave.items():
        assert converged.vps.run(drift.proof, check=False).returncode == 0, name
    assert found(converged.drift()) == []


def _stage(operation: str) -> str:
    return operation.partition(" | ")[0]


def test_every_operation_is_walked(converged: Site) -> None:
    """A new operation needs a row above. These two repair nothing and are tested elsewhere."""
    done = converged.workspace.deploy("--dry")
    listed = {line.strip().split("   ")[0] for line in done.stderr.splitlines() if " | " in line}
    assert listed - {d.operation for wave in WAVES.values() for d in wave.values()} == {
        "lock | nobody else works here",
        "directories | Kestra's user can write",
    }
