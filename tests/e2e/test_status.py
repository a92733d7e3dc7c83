"""`status` tells by name what is wrong, whatever is left to ask, and leaves no trace."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.conftest import FREEZE_DATABASE, Site

KESTRA, POSTGRES = "tools-kestra", "tools-kestra-postgres"
#: Another stack on the same server, declared and never deployed.
OTHER = {
    "root_dir": "/opt/other",
    "project_name": "other",
    "container_name": "other-kestra",
    "postgres_container_name": "other-postgres",
}


@pytest.fixture(scope="module")
def site(converged: Site) -> Iterator[Site]:
    """The shared server, converged again afterwards."""
    yield converged
    converged.declare()
    converged.vps.run(f"systemctl start docker; docker unpause {POSTGRES} || true")
    done = converged.deploy()
    assert done.returncode == 0, done.stdout + done.stderr


def hosts(site: Site, *arguments: str) -> dict[str, dict[str, Any]]:
    """The answer by host; its exit code agrees."""
    done = site.command("status", "--json", *arguments)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    found = {host["name"]: host for host in told["hosts"]}
    good = all(host["overall"] == "healthy" for host in found.values())
    assert done.returncode == told["exit_code"] == (0 if good else 1)
    return found


def status(site: Site) -> dict[str, Any]:
    """Of the one host, with its services by name."""
    host = hosts(site)[site.vps.name]
    return host | {"services": {s["service"]: s for s in host["services"]}}


def until(site: Site, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Looks until it is so; a real Kestra takes its time to notice."""
    deadline = time.monotonic() + 300
    while not good(seen := status(site)) and time.monotonic() < deadline:
        time.sleep(1)
    assert good(seen), seen
    return seen


def test_healthy_host_and_no_trace(site: Site) -> None:
    site.mark()
    host = status(site)
    done = site.command("status", site.vps.name)
    assert (site.newer(), host["lock"]) == ("", "")
    assert host["url"].startswith("http://")
    for service in host["services"].values():
        assert service["health"] == "healthy"
        assert service["image_id"]
        assert service["cpu"].endswith("%")
        assert 0 < service["memory_mb"] <= service["memory_limit_mb"]
    assert any(port.endswith("->8080") for port in host["services"]["kestra"]["ports"])
    assert done.returncode == 0
    assert f"{site.vps.name}: healthy   {host['url']}" in done.stdout
    assert all(name in done.stdout for name in (KESTRA, POSTGRES, site.data["kestra_image"]))


def test_unreachable_host_is_named_and_the_others_are_shown(site: Site) -> None:
    inventory = site.workspace.directory / "inventory" / "servers.py"
    before = inventory.read_text()
    gone = {"ssh_hostname": "127.0.0.1", "ssh_port": 1}
    inventory.write_text(f"{before}\nservers.append(('gone', {{**servers[0][1], **{gone}}}))\n")
    try:
        found = hosts(site)
    finally:
        inventory.write_text(before)
    assert {name: host["overall"] for name, host in found.items()} == {
        site.vps.name: "healthy",
        "gone": "unreachable",
    }


def test_database_stopped_under_a_live_kestra(site: Site) -> None:
    """The cause is named before its effect, though Kestra's container is up."""
    site.vps.run(f"docker stop {POSTGRES}")
    host = until(site, lambda host: host["services"]["kestra"]["health"] != "healthy")
    kestra, postgres = host["services"]["kestra"], host["services"]["postgres"]
    assert host["overall"] in ("degraded", "down")  # a real one exits after a minute
    assert (postgres["health"], postgres["state"]) == ("down", "stopped")
    assert kestra["state"] != "running"
    said = str(host)
    assert said.index(f"{POSTGRES} is stopped") < said.index(f"{KESTRA} is ")
    site.vps.run(f"docker start {POSTGRES}")


def test_frozen_database_while_somebody_holds_the_lock(site: Site) -> None:
    site.vps.run(FREEZE_DATABASE)
    locked = site.command("lock", site.vps.name, "--reason", "a new disk")
    try:
        assert locked.returncode == 0, locked.stderr
        host = status(site)
    finally:
        site.command("unlock", site.vps.name)
        site.vps.run(f"docker unpause {POSTGRES}")
    assert host["services"]["postgres"]["state"] == "frozen"
    assert f"docker unpause {POSTGRES}" in str(host)
    assert host["lock"].endswith(": a new disk")


def test_container_that_is_gone(site: Site) -> None:
    site.vps.run(f"docker rm -f {KESTRA}")
    host = status(site)
    logs = site.command("logs", site.vps.name, "--service", "kestra")
    others = site.command("logs", site.vps.name)
    assert host["services"]["kestra"]["state"] == "missing"
    assert (others.returncode, "there is no container tools-kestra" in others.stderr) == (0, True)
    assert (logs.returncode, logs.stdout) == (1, "")
    assert f"there is no container {KESTRA}" in logs.stderr


def test_docker_that_does_not_run(site: Site) -> None:
    site.vps.run("systemctl reset-failed docker; systemctl stop docker.socket docker")
    try:
        host = status(site)
        logs = site.command("logs", site.vps.name)
    finally:
        site.vps.run("systemctl start docker.socket docker")
    assert host["overall"] != "healthy"
    assert "docker-not-running" in str(host)
    assert logs.returncode == 1
    assert "Docker does not answer" in logs.stderr


def test_stack_that_was_never_deployed(site: Site) -> None:
    site.declare(**OTHER)
    try:
        host = status(site)
        logs = site.command("logs", site.vps.name)
        stop = site.command("stop", "-y", site.vps.name)
    finally:
        site.declare()
    assert host["overall"] == "not deployed"
    assert "deploy.py" in str(host)
    assert logs.returncode == 1
    assert "nothing was deployed here yet; pyinfra inventory deploy.py" in logs.stderr
    assert stop.returncode == 1
    assert "nothing was deployed here yet" in stop.stderr
    assert site.vps.run("ls -d /opt/other /var/lib/kestra-provision/other* || true").stdout == ""
