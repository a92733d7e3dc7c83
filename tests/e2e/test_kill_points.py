"""A run that dies anywhere is continued by the same command, and says so where it still can."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.e2e.aftermath import assert_continues, secrets_sum
from tests.e2e.conftest import Site
from tests.e2e.under_way import deploying
from tests.vps.workspace import host_data

#: Those that change something on a server with Docker: a run is killed when one begins.
BOUNDARIES = [
    "docker | daemon.json with log rotation and live-restore",
    "docker | daemon runs with its configuration",
    "images | loaded from the archive and recorded",
    "directories | owner and mode",
    "secrets | .env with settings and secrets",
    "files | compose.yaml and application.yaml",
    "scripts | scripts and port map",
    "stack | PostgreSQL and Kestra run as declared",
    "watch | scripts and schedule",
    "health | Kestra answers, and only to its password",
]
#: In the middle of the three that take long, told by a line they say.
LOADING, STARTING, WAITING = "40% of ", "compose up: ", "waiting for "


@pytest.fixture(scope="module")
def server(new_site: Callable[..., Site]) -> Site:
    """A provisioned server: images are there, and what a deploy lists."""
    site = new_site("kp-kill", docker=True)
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


def arrange(site: Site, point: str) -> None:
    """Makes sure that a run gets to this point."""
    if point == LOADING:
        site.vps.run("docker rmi $(docker images -q)")
    if point == WAITING:
        assert site.deploy().returncode == 0
        site.vps.run("docker kill --signal STOP tools-kestra")


def release(site: Site) -> None:
    """Lets a frozen Kestra go on, if there is one."""
    site.vps.run("docker kill --signal CONT tools-kestra", check=False)


@pytest.mark.parametrize("point", BOUNDARIES)
def test_killed_between_operations(fresh: Site, point: str) -> None:
    with deploying(fresh) as run:
        run.until(f"Starting operation: {point}")
        run.send(signal.SIGKILL)
        assert run.end() == -signal.SIGKILL
    assert_continues(fresh)


@pytest.mark.parametrize("point", [LOADING, STARTING, WAITING])
def test_killed(fresh: Site, point: str) -> None:
    arrange(fresh, point)
    with deploying(fresh) as run:
        run.until(point)
        run.send(signal.SIGKILL)
        assert run.end() == -signal.SIGKILL
    release(fresh)
    assert_continues(fresh)


@pytest.mark.parametrize("point", [LOADING, WAITING])
def test_interrupted(fresh: Site, point: str) -> None:
    """Ctrl-C ends at once, with a shell's code for it, and with no table that says healthy."""
    arrange(fresh, point)
    with deploying(fresh) as run:
        run.until(point)
        run.send(signal.SIGINT)
        assert run.end() == 130
        assert "interrupted; run the same command again, it continues" in run.said
        assert "  healthy  " not in run.said
    release(fresh)
    assert_continues(fresh)


@pytest.mark.parametrize("point", [LOADING, STARTING])
def test_rebooted(fresh: Site, point: str) -> None:
    arrange(fresh, point)
    with deploying(fresh) as run:
        run.until(point)
        fresh.vps.restart()
        assert run.end() == 1
        assert "Traceback" not in run.said, run.said
    fresh.declare()  # the address may have changed
    assert_continues(fresh)


@pytest.mark.parametrize("point", [LOADING, STARTING])
def test_connection_cut(fresh: Site, point: str) -> None:
    """The server's end of our connection dies; what it ran there may go on or not."""
    arrange(fresh, point)
    with deploying(fresh) as run:
        run.until(point)
        fresh.vps.run("pkill -KILL -f '^sshd(-session)?: root'")
        assert run.end() == 1
        assert "the SSH connection is lost" in run.said, run.said
        assert "Traceback" not in run.said, run.said
    release(fresh)
    assert_continues(fresh)


def test_connection_that_falls_silent(fresh: Site) -> None:
    """No packet comes through any more, as when a router goes: the run ends all the same."""
    silence = "iptables -{} INPUT -p tcp --dport 22 -j DROP"
    try:
        with deploying(fresh) as run:
            run.until("Starting operation: images | loaded from the archive and recorded")
            fresh.vps.run(silence.format("I"))
            assert run.end() == 1
            assert "the SSH connection is lost" in run.said, run.said
    finally:
        fresh.vps.run(silence.format("D"))
    assert_continues(fresh)


@pytest.mark.parametrize("how", [[], ["--no-wait"], ["--serial"]], ids=["", "no wait", "serial"])
def test_failing_host_is_the_exit_code(server: Site, how: list[str]) -> None:
    """Alone and beside a good one; pyinfra forgets it with --no-wait."""
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


def test_secrets_of_a_killed_run_are_kept_and_said(fresh: Site) -> None:
    with deploying(fresh) as run:
        run.until("Starting operation: files | compose.yaml and application.yaml")
        run.send(signal.SIGKILL)
        run.end()
    before = secrets_sum(fresh)
    done = fresh.deploy()
    assert before != ""
    assert secrets_sum(fresh) == before
    assert "continuing an unfinished run: /opt/kestra/.env" in done.stderr
