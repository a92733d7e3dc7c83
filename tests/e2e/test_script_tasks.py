"""Script tasks run where it is declared, which each mode's flow says itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import api
from tests.e2e.conftest import Site, changed, found
from tests.e2e.verify import verified

KESTRA = "kestra-quick"
CORE, SHELL = "io.kestra.plugin.core", "io.kestra.plugin.scripts.shell.Commands"
#: `mounted` reads what Kestra itself wrote: Docker finds that only under the same path.
FLOW = """\
id: where
namespace: scripts.test
tasks:
  - id: says
    type: {shell}
    containerImage: {image}
    commands:
      - if [ -e /etc/kestra ]; then echo "beside Kestra"; else echo "apart from it"; fi
      - if [ -z "${{KESTRA_CONFIGURATION-}}${{JAVA_OPTS-}}" ]; then echo "without its variables"; fi
  - id: chosen
    type: {shell}
    taskRunner: {{type: {core}.runner.Process}}
    commands: ['test -e /etc/kestra']
{more}"""
MOUNTED = """\
  - id: mounted
    type: {shell}
    containerImage: {image}
    taskRunner:
      type: io.kestra.plugin.scripts.runner.docker.Docker
      fileHandlingStrategy: MOUNT
    commands: ['echo mounted > written', 'cat "$PWD/written"']
"""
ROOT = "whoever can write a flow is root on this host"


@pytest.fixture(scope="module")
def site(new_site: Callable[..., Site]) -> Site:
    """A server with Docker, deployed as the defaults say."""
    site = new_site("script-tasks", docker=True).of_profile("quick")
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return site


def declare(site: Site, **settings: Any) -> str:
    """Deploys that, twice, and returns what the first run said."""
    site.declare(**settings)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    assert site.plan() == []
    assert changed(site.deploy()) == 0
    assert found(site.drift()) == []
    return done.stdout + done.stderr


def says(site: Site, more: str = "") -> list[str]:
    """What the tasks of a run that ends well say."""
    words = {"shell": SHELL, "core": CORE, "image": site.stack.main.image}
    flow = FLOW.format(more=more.format(**words), **words)
    folder: Path = site.workspace.directory / "flow.yaml"
    folder.write_text(flow)
    site.vps.run("cat > /root/flow.yaml", stdin=flow)
    send = "-H 'Content-Type: application/x-yaml' --data-binary @/root/flow.yaml"
    api(site, f"call flows/scripts.test/where -X DELETE >/dev/null; call flows -X POST {send}")
    key = json.loads(api(site, "call executions/scripts.test/where -X POST"))["id"]
    state = ""
    for _ in range(240):
        state = json.loads(api(site, f"call executions/{key}"))["state"]["current"]
        if state in ("SUCCESS", "FAILED", "WARNING"):
            break
        time.sleep(0.5)
    logs = [str(line["message"]) for line in json.loads(api(site, f"call logs/{key}"))]
    assert state == "SUCCESS", logs
    return logs


def test_by_default_beside_kestra_which_has_no_docker(site: Site) -> None:
    told = says(site)
    assert "beside Kestra" in told
    assert "without its variables" not in told
    verified(site.vps)


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
    verified(site.vps, "--script-tasks=host-docker")


def test_back_again_it_is_out_of_reach(site: Site) -> None:
    assert ROOT not in declare(site)
    assert "beside Kestra" in says(site)
    mounts = site.vps.run(f"docker inspect -f '{{{{json .Mounts}}}}' {KESTRA}").stdout
    assert "docker.sock" not in mounts
    verified(site.vps)
