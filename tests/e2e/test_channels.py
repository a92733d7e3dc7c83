"""Few round trips: counted where channels are opened, never timed."""

from __future__ import annotations

from bench.channels import count_channels
from tests.e2e.conftest import Site

MOST_EXEC_CHANNELS = 6
#: Whether sshd forwards at all, the API.
HTTP_CHANNELS = 2


def test_a_deploy_that_changes_nothing_is_cheap(converged: Site) -> None:
    counts = count_channels(converged.workspace, "pyinfra", "inventory", "deploy.py", "-y")
    assert 0 < counts["session"] <= MOST_EXEC_CHANNELS, counts
    assert counts["direct-tcpip"] == HTTP_CHANNELS, counts


def test_a_drift_check_of_a_converged_host_is_cheaper(converged: Site) -> None:
    counts = count_channels(converged.workspace, "kestra-provision", "drift", "inventory")
    assert 0 < counts["session"] <= MOST_EXEC_CHANNELS, counts
    assert counts["direct-tcpip"] == HTTP_CHANNELS, counts
