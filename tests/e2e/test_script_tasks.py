"""Script tasks run where it is declared, which each mode's flow says itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Site, found
from tests.e2e.script_tasks import MOUNTED, declare, says
from tests.e2e.verify import verified

KESTRA = "kestra-quick"
MACHINE = "test_script_tasks.py"
ROOT = "whoever can write a flow is root on this host"


@pytest.fixture(scope="module")
def site(new_site: Callable[..., Site]) -> Site:
    """A server with Docker, deployed as the defaults say."""
    site = new_site("script-tasks", docker=True).of_profile("quick")
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return site


def test_by_default_beside_kestra_which_has_no_docker(site: Site) -> None:
    told = says(site)
    assert "beside Kestra" in told
    assert "without its variables" not in told
    verified(site.vps, only=MACHINE)


def test_in_the_hosts_docker_once_that_is_asked_for_and_told(site: Site) -> None:
    site.declare(script_tasks="host-docker")
    plan = site.command("plan")
    assert plan.returncode == 2, plan.stderr
    assert ROOT in plan.stdout
    assert "script_tasks: process -> host-docker" in plan.stdout
    assert "Kestra restarts" in plan.stdout
    assert ROOT in site.workspace.deploy("--dry").stderr
    assert ROOT in declare(site, script_tasks="host-docker").splitlines()[-2], "at the very end"
    told = says(site, MOUNTED)
    assert {"apart from it", "without its variables", "mounted"} <= {*told}
    verified(site.vps, "--script-tasks=host-docker")


def test_another_group_of_the_socket_is_seen_and_followed(site: Site) -> None:
    site.vps.run("groupmod -g 1234 docker; chgrp docker /run/docker.sock")
    assert "compose.yaml" in str(found(site.drift()))
    declare(site, script_tasks="host-docker")
    assert "apart from it" in says(site)
    verified(site.vps, "--script-tasks=host-docker", only=MACHINE)


def test_back_again_it_is_out_of_reach(site: Site) -> None:
    assert ROOT not in declare(site)
    assert "beside Kestra" in says(site)
    mounts = site.vps.run(f"docker inspect -f '{{{{json .Mounts}}}}' {KESTRA}").stdout
    assert "docker.sock" not in mounts
    verified(site.vps, only=MACHINE)
