"""Every operation: applied, no change, changed by hand, seen by plan and drift check, repaired."""

from __future__ import annotations

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from tests.e2e.conftest import Site
from tests.e2e.drifts import waves
from tests.e2e.drifts_flows import FLOWS, LOST, placed
from tests.e2e.sample import fair
from tests.e2e.walk import walked

WAVES = waves(stack_of(Tools()))


@pytest.mark.parametrize("wave", fair(WAVES, 5))
def test_walk(converged: Site, wave: str) -> None:
    walked(converged, WAVES[wave])


def test_walk_of_flows(converged: Site) -> None:
    with placed(converged):
        for rows in (FLOWS, LOST):
            walked(converged, rows)


def test_every_operation_is_walked(converged: Site) -> None:
    """A new one needs a row in `drifts`. Others repair nothing and are tested elsewhere."""
    done = converged.workspace.deploy("--dry")
    listed = {line.strip().split("   ")[0] for line in done.stderr.splitlines() if " | " in line}
    waves = [*WAVES.values(), FLOWS]
    assert listed - {d.operation for wave in waves for d in wave.values()} == {
        "flows | flows valid to the server",
        "flows | deletions as somebody meant them",
        "flows | no conflict left to somebody",
        "flows | nothing of ours left over",
        "lock | nobody else works here",
        "directories | Kestra's user can write",
    }
