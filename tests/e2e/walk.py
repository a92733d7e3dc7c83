"""The walk: changed by hand, seen by plan and drift check, repaired by one deploy."""

from __future__ import annotations

from collections.abc import Mapping

from tests.e2e.conftest import Site, found
from tests.e2e.drifts import Drift


def walked(site: Site, wave: Mapping[str, Drift]) -> None:
    """The server is converged before the wave and after it."""
    # systemd refuses a third start within a minute, and these are this test's own.
    site.vps.run("systemctl reset-failed docker")
    for drift in wave.values():
        site.vps.run(drift.by_hand)
    plan, report = site.plan(), found(site.drift())
    assert {drift.operation for drift in wave.values()} <= set(plan)
    assert {f["stage"] for f in report} == {_stage(operation) for operation in plan}
    said = [f"{f['stage']} | {f['what']}: {f['actual']}" for f in report]
    for name, drift in wave.items():
        stages = {_stage(line) for line in said if drift.said in line}
        assert _stage(drift.operation) in stages, (name, said)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    for name, drift in wave.items():
        assert site.vps.run(drift.proof, check=False).returncode == 0, name
    assert found(site.drift()) == []


def _stage(operation: str) -> str:
    return operation.partition(" | ")[0]
