"""The engine of the disposable VPS starts although a killed daemon left its pid file."""

import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from tests.vps.engine import remove_stale_pid_file, running_pid


@pytest.fixture
def sleeper() -> Iterator[int]:
    process = Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


def test_the_number_of_a_killed_daemon_that_another_program_has_by_now_is_stale(
    tmp_path: Path, sleeper: int
) -> None:
    path = tmp_path / "docker.pid"
    path.write_text(f"{sleeper}")
    remove_stale_pid_file(path, "dockerd")
    assert not path.exists()


def test_the_pid_file_of_a_daemon_that_runs_stays(tmp_path: Path, sleeper: int) -> None:
    path = tmp_path / "docker.pid"
    path.write_text(f"{sleeper}\n")
    remove_stale_pid_file(path, "sleep")
    assert running_pid(path, "sleep") == sleeper


def test_a_zombie_is_no_daemon(tmp_path: Path) -> None:
    process = Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it ended; nobody asked yet
    path = tmp_path / "docker.pid"
    path.write_text(f"{process.pid}")
    assert running_pid(path, "true") is None
    process.wait()


@pytest.mark.parametrize("content", ["", "no number", "4194999"])
def test_what_names_no_process_is_stale(tmp_path: Path, content: str) -> None:
    path = tmp_path / "docker.pid"
    path.write_text(content)
    remove_stale_pid_file(path, "dockerd")
    remove_stale_pid_file(path, "dockerd")
    assert not path.exists()
