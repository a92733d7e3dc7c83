"""A run that dies anywhere is continued by the same command, and says so where it still can."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.aftermath import (
    assert_continues,
    secrets_sum,
    wait_for_docker_to_tidy_up,
    written,
)
from tests.e2e.api import api
from tests.e2e.conftest import RELEASE_KESTRA, STOP_KESTRA, WAIT_FOR_KESTRA, Site
from tests.e2e.drifts_flows import NAMESPACE, repository
from tests.e2e.sample import fair
from tests.e2e.under_way import deploying, interrupted_at, killed_at
from tests.vps.workspace import host_data

IMAGES = "images | loaded from the archive and recorded"
SECRETS = "secrets | .env with settings and secrets"
STACK = "stack | PostgreSQL and Kestra run as declared"
HEALTH = "health | Kestra answers, and only to its password"
#: The first of what the repository has for Kestra; its flows come after it.
FILES = "flows | files as in the repository"
#: More than are written before a signal comes.
FLOWS = [f"flow{number}" for number in range(60)]
#: Those that change something on a server with Docker: a run is killed when one begins.
BOUNDARIES = [
    "docker | daemon.json with log rotation and live-restore",
    "docker | daemon runs with its configuration",
    IMAGES,
    "directories | owner and mode",
    SECRETS,
    "files | compose.yaml and application.yaml",
    "scripts | scripts and port map",
    STACK,
    "watch | scripts and schedule",
    HEALTH,
    FILES,
]
#: Found before the real one; a busy laptop may be too late to cut off a load at full speed.
SLOW_DOCKER = "/usr/local/bin/docker"
SLOW = """#!/bin/sh
[ "$1" = load ] || exec /usr/bin/docker "$@"
{
    head -c %d
    while head -c 65536 > /run/piece && [ -s /run/piece ]; do cat /run/piece; sleep 0.5; done
} | /usr/bin/docker "$@"
"""
#: In the middle of the three that take long, told by a line they say.
LOADING, STARTING, WAITING = "40% of ", "compose up: ", "waiting for "


@pytest.fixture(scope="module")
def server(new_site: Callable[..., Site]) -> Site:
    """A provisioned server: images are there, and what a deploy lists."""
    site = new_site("kp-kill", docker=True)
    repository(site, FLOWS)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return site


@pytest.fixture
def fresh(server: Site) -> Site:
    """The same server as if nothing but Docker and the images were there."""
    server.vps.run(
        "docker rm -f $(docker ps -aq); docker volume rm tools-kestra_postgres-data; "
        "docker network prune -f; systemctl disable --now kestra-watch@tools-kestra.timer; "
        "rm -rf /opt/kestra /etc/docker/daemon.json /etc/systemd/system/kestra-*; "
        "systemctl daemon-reload; systemctl reset-failed docker",
        check=False,
    )
    server.declare()
    return server


def rebooted_at(site: Site, point: str) -> None:
    with deploying(site) as run:
        run.until(point)
        site.vps.restart()
        assert run.end() == 1
        assert "Traceback" not in run.said, run.said
    site.declare()  # the address may have changed


def cut_off_at(site: Site, point: str) -> None:
    """The server's end of our connection dies; what it ran there may go on or not."""
    with deploying(site) as run:
        run.until(point)
        site.vps.run("pkill -KILL -f '^sshd(-session)?: root'")
        assert run.end() == 1
        assert "the SSH connection is lost" in run.said, run.said
        assert "Traceback" not in run.said, run.said


def silent_at(site: Site, point: str) -> None:
    """No packet comes through any more, as when a router goes: the run ends all the same."""
    silence = "iptables -{} INPUT -p tcp --dport 22 -j DROP"
    try:
        with deploying(site) as run:
            run.until(point)
            site.vps.run(silence.format("I"))
            assert run.end() == 1
            assert "the SSH connection is lost" in run.said, run.said
    finally:
        site.vps.run(silence.format("D"))


def test_killed_at_one_boundary_after_the_other(fresh: Site) -> None:
    """Each run goes one operation further than the one before it; the last is left alone."""
    secrets, whole, continued = "", dict[str, str](), list[str]()
    for point in BOUNDARIES:
        if point == HEALTH:
            # Or this run might have ended before the signal comes.
            fresh.vps.run(STOP_KESTRA)
        said = killed_at(fresh, f"Starting operation: {point}")
        if point == HEALTH:
            fresh.vps.run(RELEASE_KESTRA)
        if "continuing an unfinished run: /opt/kestra/.env" in said:
            continued.append(point)
        assert secrets in ("", secrets_sum(fresh)), f"other secrets after {point}"
        secrets = secrets_sum(fresh)
        whole = {**written(fresh), **whole}
    assert_continues(fresh)
    assert secrets_sum(fresh) == secrets != ""
    there = json.loads(api(fresh, f"call flows/{NAMESPACE}"))
    assert {flow["id"]: flow["revision"] for flow in there} == dict.fromkeys(FLOWS, 1)
    after = written(fresh)
    assert {path: after.get(path) for path in whole} == whole, "some were only half there"
    # From the run after the secrets were written to the one that found a container.
    assert {"scripts | scripts and port map", STACK} <= set(continued)
    assert not {*BOUNDARIES[: BOUNDARIES.index(SECRETS) + 1], HEALTH, FILES} & set(continued)


#: In each way that a run may end.
CUT_OFF: dict[str, Callable[[Site, str], object]] = {
    "rebooted": rebooted_at,
    "killed": killed_at,
    "cut off": cut_off_at,
}


@contextmanager
def slow_load(site: Site) -> Iterator[None]:
    """Docker gets a bit more of the archive than `LOADING` says, and then hardly any."""
    enough = Path(site.data["image_archive"]).stat().st_size * 45 // 100
    site.vps.run(f"cat > {SLOW_DOCKER}; chmod 755 {SLOW_DOCKER}", stdin=SLOW % enough)
    try:
        yield
    finally:
        site.vps.run(f"rm {SLOW_DOCKER}")


@pytest.mark.long
def test_cut_off_in_the_middle_of_an_image_load_in_every_way(fresh: Site) -> None:
    silent_at(fresh, f"Starting operation: {IMAGES}")
    fresh.vps.run("docker rmi $(docker images -q)")
    with slow_load(fresh):
        for cut_off in (rebooted_at, cut_off_at, interrupted_at, killed_at):
            cut_off(fresh, LOADING)
            assert fresh.vps.run("docker images -q").stdout == ""
            wait_for_docker_to_tidy_up(fresh)
    assert_continues(fresh)


@pytest.mark.parametrize("how", fair(CUT_OFF, 3))
def test_cut_off_while_containers_start(fresh: Site, how: str) -> None:
    CUT_OFF[how](fresh, STARTING)
    assert_continues(fresh)


def test_cut_off_while_kestra_is_waited_for(server: Site) -> None:
    """A Kestra that is stopped like this answers nothing, and goes on when it is released."""
    assert server.deploy().returncode == 0
    for cut_off in (interrupted_at, killed_at):
        server.vps.run(STOP_KESTRA)
        cut_off(server, WAITING)
        server.vps.run(RELEASE_KESTRA)
        server.vps.run(WAIT_FOR_KESTRA)
    assert_continues(server)


@pytest.mark.parametrize("option", fair(["--no-wait", "", "--serial"], 3))
def test_failing_host_is_the_exit_code(server: Site, option: str) -> None:
    """Alone and beside a good one; pyinfra forgets it with --no-wait."""
    how = [option] if option else []
    name, known_hosts = server.vps.name, server.workspace.directory / "known_hosts"
    good = {**host_data(server.vps, known_hosts), **server.data}
    # A second stack on the same machine, in a directory that nobody can make.
    server.vps.run("touch /opt/file")
    names = ("project_name", "container_name", "network")
    bad = {
        **good,
        **dict.fromkeys(names, "bad"),
        "postgres_container_name": "bad-postgres",
        "root_dir": "/opt/file/kestra",
        "http_port": 9191,
        "management_port": 9192,
    }
    server.workspace.name_hosts({"bad": bad})
    alone = server.deploy(*how)
    server.workspace.name_hosts({name: good, "bad": bad})
    both = server.deploy(*how)
    server.vps.run("rm /opt/file")
    server.declare()
    assert (alone.returncode, both.returncode) == (1, 1), both.stderr
    for done in (alone, both):
        assert "bad failed" in " ".join(done.stderr.split()), done.stderr
    assert "  healthy  " not in alone.stderr
    assert f"{name}  healthy" in both.stderr
