"""Script tasks in a rootless Docker of their own, and in nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.conftest import WAIT_FOR_KESTRA, Site, found
from tests.e2e.host_scripts import STACKS, run, running
from tests.e2e.script_tasks import MOUNTED_AS_ROOT, declare, says
from tests.e2e.verify import verified
from tests.vps.archive import docker_images
from tests.vps.workspace import image_data

DOCKER = "kestra-script-docker"
#: A server in a container of the network that Kestra shares with others, by its name.
REACHES = """\
  - id: reaches
    type: {shell}
    containerImage: {image}
    commands: ['timeout 10 bash -c "</dev/tcp/backend/8000" && echo "reaches a neighbour"']
  - id: closed
    type: {shell}
    containerImage: {image}
    commands: ['test ! -e /var/run/docker.sock', 'test ! -e /dind', 'echo "no Docker in here"']
"""


@pytest.fixture(scope="module")
def site(new_site: Callable[..., Site]) -> Site:
    """A server with Docker, a kernel's device that a container of a server has not, a neighbour."""
    images = docker_images()
    site = new_site("script-docker", docker=True).of_profile("quick")
    given: dict[str, Any] = {
        **site.data,
        **{name: value for name, value in image_data(images).items() if name in site.data},
        "script_tasks": "docker",
        "script_docker_image": images.docker,
        "script_images": [images.kestra],
    }
    site = replace(site, data=given)
    site.vps.run("mkdir -p /dev/net && mknod -m 666 /dev/net/tun c 10 200")
    declare(site)
    site.vps.run(
        f"docker run -d --name backend --network kestra-quick --entrypoint python3 {images.kestra} "
        "-m http.server 8000"
    )
    return site


def test_tasks_run_there_with_their_files_and_reach_neighbours(site: Site) -> None:
    told = says(site, MOUNTED_AS_ROOT + REACHES)
    assert {"apart from it", "without its variables", "mounted"} <= {*told}
    assert {"reaches a neighbour", "no Docker in here"} <= {*told}


def test_machine_tests_pass(site: Site) -> None:
    verified(site.vps, "--script-tasks=docker")


def test_an_image_that_was_removed_is_named_and_brought_again(site: Site) -> None:
    image = site.stack.main.image
    site.vps.run(f"docker exec {DOCKER} docker rmi -f {image}")
    (finding,) = found(site.drift())
    assert finding["what"] == f"image {image} in {DOCKER}"
    declare(site)
    assert "apart from it" in says(site)


def test_it_may_restart_under_kestra(site: Site) -> None:
    site.vps.run(f"docker restart {DOCKER}; {WAIT_FOR_KESTRA}")
    assert found(site.drift()) == []
    assert "apart from it" in says(site)


def test_what_is_amiss_is_seen_and_mended_and_kestra_goes_on(site: Site) -> None:
    started = f"docker inspect -f '{{{{.State.StartedAt}}}}' {site.stack.main.container}"
    before = site.vps.run(f"docker stop {DOCKER} >&2; {started}").stdout
    run(site.vps, f"{STACKS}/start-stacks.sh")
    assert running(site.vps, DOCKER)
    assert site.vps.run(f"docker rm -f {DOCKER} >&2; {started}").stdout == before
    assert DOCKER in str(found(site.drift()))
    declare(site)
    assert site.vps.run(started).stdout == before
    assert "apart from it" in says(site)


def test_without_the_kernels_device_it_is_refused_before_anything_changes(site: Site) -> None:
    site.vps.run("mv /dev/net/tun /dev/net/away")
    refused = site.deploy()
    site.vps.run("mv /dev/net/away /dev/net/tun")
    assert refused.returncode == 1
    assert "/dev/net/tun is not there" in refused.stderr


def test_it_goes_when_it_is_no_longer_asked_for(site: Site) -> None:
    declare(site, script_tasks="process", script_images=[])
    assert DOCKER not in site.vps.run("docker ps -a --format '{{.Names}}'").stdout
    assert "beside Kestra" in says(site)
    verified(site.vps, only="test_script_tasks.py")
