"""-q says nothing unless a command fails, and then all of it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_PROGRAM = """
import os, signal, sys
from kestra_provision.cli.quiet import quietly
quietly()
print("out", sys.stdin.isatty(), sys.stdin.read())
print("err", file=sys.stderr)
os.system("echo from a program")
"""


def run(end: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", f"{_PROGRAM}sys.stdout.flush()\n{end}"]
    return subprocess.run(line, input="yes", capture_output=True, text=True, check=False)


def test_what_went_well_is_not_told() -> None:
    done = run("")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_failed_is_told_where_it_belongs() -> None:
    done = run("sys.exit(2)")
    assert done.returncode == 2
    assert sorted(done.stdout.splitlines()) == ["from a program", "out False "]
    assert done.stderr == "err\n"


def test_an_error_of_ours_is_told_too() -> None:
    done = run("raise ValueError('broken')")
    assert done.returncode == 1
    assert "ValueError: broken" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_is_killed_ends_as_a_shell_says_it(number: signal.Signals) -> None:
    done = run(f"os.kill(os.getpid(), {number.value})")
    assert done.returncode == 128 + number


def test_a_signal_reaches_who_works(tmp_path: Path) -> None:
    there = tmp_path / "there"
    end = f"sys.stdout.flush()\nopen({str(there)!r}, 'w').close()\nsignal.pause()"
    line = [sys.executable, "-c", f"{_PROGRAM}{end}"]
    with subprocess.Popen(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None and not there.exists():
            time.sleep(0.05)
        process.terminate()
        assert process.stdout
        assert "out" in process.stdout.read()
    assert process.returncode == 128 + signal.SIGTERM
