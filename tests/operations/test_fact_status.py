"""How the stack is: what the fact reads, and the shell text it asks with."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.status import Status, StatusSeen
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools

NAMES = {"kestra": "k", "postgres": "p"}
HEALTH = {"overallHealth": "healthy", "services": [], "host": {"problems": []}}
DOCKER = """#!/bin/sh
case "$1" in
    inspect) echo '{"name":"/k","status":"running"}'; exit 1 ;;
    ps) printf '%s\\n' kk k other ;;
    stats) shift 4; echo "$@ 0.42%" ;;
esac
"""


def ask(folder: Path, check: str = "exit 2", mode: int = 0o755) -> StatusSeen:
    """The fact by a real shell, with a health check and a `docker` of the test's own."""
    (folder / "check").write_text(f"#!/bin/sh\n{check}\n")
    (folder / "check").chmod(mode)
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    (folder / "holder").write_text("WHO=alice@laptop\nWHY=a new disk\n")
    done = subprocess.run(
        ["sh", "-c", Status().command(f"{folder}/check", f"{folder}/holder", NAMES)],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0
    return Status().process(done.stdout.splitlines())


def test_port_of_a_page_is_the_one_that_our_container_has_now() -> None:
    service = stack_of(Tools()).main
    bound = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9090"}], "8081/tcp": None}
    there = {"name": "/tools-kestra", "managed": "true", "ports": bound}
    assert service.page
    for container, port in (
        (there, 9090),
        ({**there, "managed": None}, None),
        ({**there, "ports": None}, None),
        ({**there, "ports": {"8080/tcp": None}}, None),
    ):
        seen = StatusSeen(containers={"tools-kestra": container})
        assert seen.published(service.page, service.container) == port
    assert StatusSeen().published(service.page, service.container) is None


def test_everything_in_one_look(tmp_path: Path) -> None:
    # A health check that finds something wrong exits with 1 or 2, and its words count.
    seen = ask(tmp_path, f"echo '{json.dumps(HEALTH, indent=1)}'; exit 2")
    assert seen.health == HEALTH
    assert seen.complaint == ""
    assert seen.containers == {"k": {"name": "/k", "status": "running"}}
    assert seen.holder == ("WHO=alice@laptop", "WHY=a new disk")


def test_use_is_asked_of_our_running_containers_by_their_whole_names(tmp_path: Path) -> None:
    """`docker stats` fails for one that is not there; without a name it would show all."""
    assert ask(tmp_path).cpu == {"k": "0.42%"}


def test_health_check_that_cannot_tell_is_quoted(tmp_path: Path) -> None:
    seen = ask(tmp_path, "echo 'not allowed to use Docker' >&2; exit 3")
    assert (seen.health, seen.complaint) == (None, "not allowed to use Docker")


@pytest.mark.parametrize(
    ("mount", "said"),
    [
        ("/opt rw,nosuid,noexec,relatime", "mount -o remount,exec /opt"),
        ("/srv/data noexec", "/srv/data is mounted noexec"),
        ("/ rw,relatime", "somebody changed their mode; a deploy mends"),
    ],
)
def test_health_check_that_nobody_may_execute(tmp_path: Path, mount: str, said: str) -> None:
    """It is there, and no deploy helps where its mount forbids it."""
    findmnt = tmp_path / "findmnt"
    findmnt.write_text(f"#!/bin/sh\necho '{mount}'\n")
    findmnt.chmod(0o755)
    seen = ask(tmp_path, mode=0o644)
    assert seen.health is None
    assert said in seen.complaint


def test_host_without_anything_of_ours() -> None:
    command = Status().command("/nowhere/check", "/nowhere/holder", NAMES)
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={"PATH": "/nowhere"}, capture_output=True, text=True
    )
    assert Status().process(done.stdout.splitlines()) == StatusSeen()
