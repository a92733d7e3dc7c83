"""Few round trips: counted where channels are opened, never timed."""

from __future__ import annotations

from bench.noop import count_channels
from tests.e2e.conftest import Site

MOST_EXEC_CHANNELS = 20


def test_a_deploy_that_changes_nothing_is_cheap(converged: Site) -> None:
    counts = count_channels(converged.workspace, "-y")
    assert 5 < counts["session"] <= MOST_EXEC_CHANNELS, counts
    assert counts["direct-tcpip"] == 2, "one to the management port, one to the API"
