"""A stop that is never lost: against a Docker of files and against processes that are real."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kestra_provision.commands.stop_script import STOP_SCRIPT, restart_command, stop_command

#: Each look at the container takes the next line of `lives`, and the last one again and again. A
#: stop waits until a look has shown the container's end, as Docker's does.
_DOCKER = """#!/bin/bash
cd "${0%/*}"
case "$*" in
*StopSignal*) cat signal ;;
*StopTimeout*) echo 60 ;;
inspect*)
    now=$(head -n 1 lives)
    [ "$(wc -l <lives)" = 1 ] || sed -i 1d lives
    echo "$now"
    [[ $now == [a-z]* ]]
    ;;
stop*)
    echo "$*" >>asked
    [ ! -e refused ] || { cat refused >&2; exit 1; }
    until [[ $(head -n 1 lives) == exited* ]]; do sleep 0.02; done
    ;;
*) echo "$*" >>asked ;;
esac
"""
#: What the kernel gives to every process: one that handles it, one that does not, and an init.
_HEARS = "trap 'exit 0' TERM INT; echo ready; while :; do sleep 0.05; done"
_DEAF = "echo ready; exec sleep 60"


class Docker:
    """What it shows of one container, one look after the other, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "docker"
        program.write_text(_DOCKER)
        program.chmod(0o755)
        (folder / "signal").write_text("\n")

    def run(self, command: str, *lives: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "lives").write_text("".join(f"{life}\n" for life in lives))
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        return subprocess.run(
            ["sh", "-c", command],
            env={**environment, "stop_tries": "4"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def asked(self) -> list[str]:
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    return Docker(tmp_path)


class Processes:
    """Processes of ours, each told apart by what it does with a signal."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, text: str) -> int:
        process = self._stack.enter_context(
            subprocess.Popen(["bash", "-c", text], stdout=subprocess.PIPE)
        )
        self._stack.callback(process.kill)
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        return process.pid


@pytest.fixture
def process() -> Iterator[Processes]:
    with ExitStack() as stack:
        yield Processes(stack)


def text_of(call: str) -> str:
    """A command that calls one function of the text."""
    return f"bash -c {shlex.quote(STOP_SCRIPT + call)}"


STOP = stop_command("echo abc", 7)
TOLD = "stop -t 7 abc"


def test_one_that_runs_is_told_once(docker: Docker, process: Processes) -> None:
    life = f"running {process(_HEARS)} today"
    done = docker.run(STOP, *[life] * 8, "exited 0 today")
    assert (done.returncode, done.stdout, done.stderr) == (0, "abc\n", "")
    assert docker.asked == [TOLD]


@pytest.mark.parametrize(
    "between",
    [
        ["restarting 0 before"],
        ["restarting 0 before"] * 6,
        ["running {old} before", "running {old} before", "running {old} before"],
        ["running {old} before"] * 3 + ["restarting 0 before"] * 2,
    ],
    ids=["between two lives", "for long", "just before its end", "and seen in between"],
)
def test_who_began_to_live_after_the_stop_is_told_again(
    docker: Docker, process: Processes, between: list[str]
) -> None:
    old, new = process(_HEARS), process(_HEARS)
    lives = [life.format(old=old) for life in between]
    done = docker.run(STOP, *lives, *[f"running {new} now"] * 8, "exited 0 now")
    assert done.returncode == 0
    assert len(docker.asked) >= 2
    assert set(docker.asked) == {TOLD}
    assert "it is told to stop again" in done.stderr


def test_a_process_that_would_not_hear_is_waited_for(docker: Docker, process: Processes) -> None:
    """It becomes one that does; at the end of the patience it is told all the same."""
    deaf, hearing = f"running {process(_DEAF)} now", f"running {process(_HEARS)} now"
    docker.run(STOP, *[deaf] * 3, *[hearing] * 6, "exited 0 now")
    assert docker.asked == [TOLD]
    (docker.folder / "asked").unlink()
    docker.run(STOP, *[deaf] * 12, "exited 0 now")
    assert docker.asked == [TOLD]


@pytest.mark.parametrize(
    ("name", "number"), [("", 15), ("SIGTERM", 15), ("SIGINT", 2), ("INT", 2), ("3", 3)]
)
def test_the_signal_is_the_one_of_the_image(docker: Docker, name: str, number: int) -> None:
    (docker.folder / "signal").write_text(f"{name}\n")
    signal = docker.run(text_of("stop_signal abc"), "exited 0 now")
    assert signal.stdout == f"{number}\n"


@pytest.mark.parametrize(
    ("text", "signal", "hears"),
    [
        (_HEARS, 15, True),
        (_HEARS, 2, True),
        (_HEARS, 1, False),
        (_DEAF, 15, False),
        ("trap '' TERM; echo ready; exec sleep 60", 15, False),
    ],
)
def test_who_hears_a_signal(
    docker: Docker, process: Processes, text: str, signal: int, hears: bool
) -> None:
    pid = process(text)
    asked = docker.run(text_of(f"hears {pid} {signal}"))
    assert (asked.returncode == 0) is hears


@pytest.mark.parametrize("init", ["docker-init", "tini"])
@pytest.mark.parametrize(("child", "hears"), [("sleep 60 & echo ready; wait", True), ("", False)])
def test_an_init_hears_when_it_has_started_its_child(
    docker: Docker, tmp_path: Path, process: Processes, init: str, child: str, hears: bool
) -> None:
    program = tmp_path / init
    program.symlink_to("/bin/bash")
    text = child or "echo ready; read -r line"
    with subprocess.Popen(
        [program, "-c", text], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as started:
        assert started.stdout
        assert started.stdout.readline() == b"ready\n"
        asked = docker.run(text_of(f"hears {started.pid} 15"))
        subprocess.run(["pkill", "-P", str(started.pid)], check=False)
        started.kill()
    assert (asked.returncode == 0) is hears


def test_one_of_which_nothing_can_be_told_is_told(docker: Docker) -> None:
    done = docker.run(STOP, *["running 999999999 now"] * 3, "exited 0 now")
    assert done.returncode == 0
    assert docker.asked == [TOLD]


def test_frozen_one_is_woken_first(docker: Docker, process: Processes) -> None:
    life = f"running {process(_HEARS)} now"
    docker.run(STOP, "paused 1 now", *[life] * 5, "exited 0 now")
    assert docker.asked == ["unpause abc", TOLD]


@pytest.mark.parametrize(
    "end", ["exited 0 before", "created 0 before", "Error: No such container: abc"]
)
def test_nothing_to_stop(docker: Docker, end: str) -> None:
    done = docker.run(STOP, end)
    assert (done.returncode, done.stdout) == (0, "abc\n")
    assert docker.asked == []


def test_stop_that_docker_refuses_is_its_words(docker: Docker, process: Processes) -> None:
    (docker.folder / "refused").write_text("cannot stop container: abc: permission denied\n")
    done = docker.run(STOP, f"running {process(_HEARS)} now")
    assert done.returncode == 1
    assert "permission denied" in done.stderr
    assert done.stdout == ""


def test_daemon_that_does_not_answer_is_no_stopped_container(docker: Docker) -> None:
    done = docker.run(STOP, "Cannot connect to the Docker daemon")
    assert done.returncode == 1
    assert "Cannot connect" in done.stderr


def test_restart_is_a_stop_and_a_start(docker: Docker, process: Processes) -> None:
    life = f"running {process(_HEARS)} now"
    done = docker.run(restart_command("abc"), *[life] * 5, "exited 0 now")
    assert done.returncode == 0
    assert docker.asked == ["stop -t 60 abc", "start abc"]


@pytest.mark.parametrize("lives", [["exited 0 now"], ["running 999999999 now"] * 3], ids=len)
def test_stop_that_shall_last_is_written_down(docker: Docker, lives: list[str]) -> None:
    file = docker.folder / "made" / "here"
    command = stop_command("echo abc", 7, meant=str(file), there="echo abc def")
    assert docker.run(command, *lives, "exited 0 now").returncode == 0
    assert file.read_text() == "exited 0 now\n"
    assert docker.run(STOP, "exited 0 now").returncode == 0


def test_restart_policy_is_never_touched() -> None:
    """One that was taken away would be missing after an interrupted stop."""
    assert "docker update" not in STOP_SCRIPT
