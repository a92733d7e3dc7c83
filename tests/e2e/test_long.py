"""The long matrix: every kill point of every runbook, on every profile."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable

import pytest

from kestra_provision.profiles import PROFILES
from tests.e2e.aftermath import assert_continues, assert_tidy, secrets_sum
from tests.e2e.api import api, execute
from tests.e2e.conftest import Site
from tests.e2e.devorch import devorch_site
from tests.e2e.drifts_flows import FLOWS, LOST, repository
from tests.e2e.under_way import deploying
from tests.e2e.walk import walked

pytestmark = pytest.mark.long

#: What a runbook is followed by: the same again, and what leaves all running.
RUNBOOKS = {"restart": [], "stop": ["start"], "start": []}


@pytest.fixture(scope="module", params=PROFILES)
def site(request: pytest.FixtureRequest, new_site: Callable[..., Site]) -> Site:
    """A provisioned server of each profile."""
    profile = str(request.param)
    if profile == "devorch":
        found = devorch_site(new_site)
    else:
        found = new_site(f"long-{profile}", docker=True).of_profile(profile)
    repository(found)
    done = found.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return found


def operations(site: Site, file: str) -> list[str]:
    """What a run of this file goes through, in turn."""
    done = site.workspace.pyinfra("inventory", file, "--dry", "--json")
    assert done.returncode == 0, done.stderr
    return [str(operation["name"]) for operation in json.loads(done.stdout)["plan"]]


def emptied(site: Site) -> None:
    """As if nothing but Docker and the images were there."""
    volumes = " ".join(volume.name for volume in site.stack.volumes)
    timer = f"kestra-watch@{site.stack.project}.timer"
    site.vps.run(
        f"docker rm -f $(docker ps -aq); docker volume rm {volumes}; docker network prune -f; "
        f"systemctl disable --now {timer}; "
        "rm -rf /opt/kestra /etc/docker/daemon.json /etc/systemd/system/kestra-*; "
        "systemctl daemon-reload; systemctl reset-failed docker",
        check=False,
    )


def killed(site: Site, point: str, file: str = "deploy.py") -> None:
    """A run that is at its last operations may be over before the signal comes."""
    with deploying(site, file=file) as run:
        run.until(f"Starting operation: {point}")
        run.send(signal.SIGKILL)
        assert run.end() in (0, -signal.SIGKILL), run.said


def test_first_run_killed_at_every_operation(site: Site) -> None:
    """Each time from nothing."""
    for point in operations(site, "deploy.py"):
        emptied(site)
        print(f"{site.stack.name}: deploy killed at {point}")
        killed(site, point)
        assert_continues(site)


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_runbook_killed_at_every_operation(site: Site, runbook: str) -> None:
    """The same command again goes on, and nothing is lost."""
    assert_continues(site)
    execution, before = execute(site, "long", "PT0.1S"), secrets_sum(site)
    file = f"runbooks/{runbook}.py"
    for point in operations(site, file):
        if runbook == "start":
            assert site.workspace.pyinfra("inventory", "runbooks/stop.py", "-y").returncode == 0
        print(f"{site.stack.name}: {runbook} killed at {point}")
        killed(site, point, file)
        for again in (runbook, *RUNBOOKS[runbook]):
            done = site.workspace.pyinfra("inventory", f"runbooks/{again}.py", "-y")
            assert done.returncode == 0, (point, again, done.stdout + done.stderr)
        assert json.loads(api(site, f"call executions/{execution}"))["id"] == execution, point
        assert_tidy(site, before)


def test_flows_changed_by_hand(site: Site) -> None:
    """Any other change by hand is one of the profile's own walk."""
    assert_continues(site)
    for wave in (FLOWS, LOST):
        walked(site, wave)
