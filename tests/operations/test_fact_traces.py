"""Traces: read from a host's journal and Kestra's log, of which no line leaves the host."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.traces import Traces, TracesSeen

SECRET = "Obviously-fake-7"
DOCKER = f"""#!/bin/sh
case "$*" in
    *StartedAt*) echo 2026-01-31T10:00:00Z ;;
    *.Id*postgres*) echo bbb222 ;;
    *.Id*) echo aaa111 ;;
    logs*)
        echo "a task failed: /var/run/docker.sock: {SECRET}"
        echo "java.lang.OutOfMemoryError: Java heap space" >&2
        echo "no trace" ;;
esac
"""
JOURNAL = """#!/bin/sh
echo 'oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/docker-aaa111.scope'
echo 'oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/docker-aaa111.scope'
echo 'oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/docker-other.scope'
echo 'aaa111 is named in another line'
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH whose docker and journalctl have something to tell."""
    for name, text in (("docker", DOCKER), ("journalctl", JOURNAL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def look(path: str, root: Path, lock: Path) -> tuple[TracesSeen, str]:
    command = Traces().command(
        user="root",
        root_dir=str(root),
        lock=str(lock),
        containers={"kestra": "tools-kestra", "postgres": "tools-kestra-postgres"},
        logged="kestra",
    )
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env={"PATH": path}, check=True
    )
    return Traces().process(done.stdout.splitlines()), done.stdout + done.stderr


def test_what_the_kernel_killed_and_what_the_log_tells(path: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").touch()
    seen, shown = look(path, tmp_path, tmp_path)
    assert seen.killed == {"kestra": 2, "postgres": 0}
    assert (seen.docker_wanted, seen.heap_full) == (1, 1)
    assert seen.deployed
    assert seen.locked
    assert "root" in seen.groups
    assert SECRET not in shown


def test_host_without_docker_and_without_a_deploy(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    seen, _ = look(f"{tmp_path}:{os.environ['PATH']}", nowhere, nowhere)
    assert (seen.deployed, seen.locked, seen.killed) == (False, False, {})
    assert (seen.docker_wanted, seen.heap_full) == (0, 0)
