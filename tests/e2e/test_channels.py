"""Few round trips, and few calls of docker: counted where they begin, never timed."""

from __future__ import annotations

import pytest

from bench.channels import count_channels
from bench.host import docker_calls
from tests.e2e.conftest import Site
from tests.e2e.drifts_flows import placed
from tests.e2e.drifts_plugins import declared

MOST_EXEC_CHANNELS = 6
#: Whether sshd forwards at all, the API.
HTTP_CHANNELS = 2
#: And with which login, asked once for all of the stage.
WHERE_KESTRA_LISTENS = 2
#: A connection each.
FLOWS_FILES_KEYS = 3
#: Two of them within a container: whether PostgreSQL is ready, and its login.
MOST_CALLS_OF_DOCKER = 11


def test_a_deploy_that_changes_nothing_is_cheap(converged: Site) -> None:
    counts = count_channels(converged.workspace, "pyinfra", "inventory", "deploy.py", "-y")
    assert 0 < counts["session"] <= MOST_EXEC_CHANNELS, counts
    assert counts["direct-tcpip"] == HTTP_CHANNELS, counts


@pytest.mark.parametrize("command", [("drift", "inventory"), ("plan",), ("deploy",)])
def test_what_only_looks_at_a_converged_host_is_cheaper(
    converged: Site, command: tuple[str, ...]
) -> None:
    counts = count_channels(converged.workspace, "kestra-provision", *command)
    assert 0 < counts["session"] <= MOST_EXEC_CHANNELS, counts
    assert counts["direct-tcpip"] == HTTP_CHANNELS, counts


def test_docker_is_asked_each_thing_once(converged: Site) -> None:
    with docker_calls(converged.vps) as calls:
        assert converged.command("drift", "inventory").returncode == 0
    assert 0 < calls.total() <= MOST_CALLS_OF_DOCKER, calls
    once = ("info", "ps", "image", "volume", "network", "compose")
    assert {name: calls[name] for name in once} == dict.fromkeys(once, 1)


def test_a_deploy_that_changes_nothing_asks_no_more(converged: Site) -> None:
    """On a slow host it looks twice, because what it saw got old."""
    with docker_calls(converged.vps) as calls:
        assert converged.deploy().returncode == 0
    assert 0 < calls.total() <= MOST_CALLS_OF_DOCKER * calls["info"], calls
    assert calls["info"] <= 2, calls


def test_plugins_that_are_as_declared_are_cheap(converged: Site) -> None:
    with declared(converged, "kp-cheap"):
        assert converged.deploy().returncode == 0
        counts = count_channels(converged.workspace, "pyinfra", "inventory", "deploy.py", "-y")
        asked = count_channels(converged.workspace, "kestra-provision", "drift", "inventory")
    # Where Kestra listens, and one list.
    for each in (counts, asked):
        assert each["session"] <= MOST_EXEC_CHANNELS + WHERE_KESTRA_LISTENS, each
        assert each["direct-tcpip"] <= HTTP_CHANNELS + 1, each


def test_flows_that_are_as_in_the_repository_are_cheap(converged: Site) -> None:
    run = ("pyinfra", "inventory")
    with placed(converged):
        counts = count_channels(converged.workspace, *run, "deploy.py", "-y")
        alone = count_channels(converged.workspace, *run, "runbooks/flows.py", "-y")
    # Its version, all flows, the namespace's files, its one key.
    assert alone["http"] == 4, alone
    assert counts["session"] <= MOST_EXEC_CHANNELS + WHERE_KESTRA_LISTENS, counts
    assert counts["direct-tcpip"] <= HTTP_CHANNELS + FLOWS_FILES_KEYS, counts
