"""A run that is watched, so that something can happen to it on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.conftest import Site
from tests.vps.workspace import clean_environment

#: Far more than any step takes; only a run that hangs gets there.
PATIENCE = 600


class UnderWay:
    """A program of the environment, its process group ours to signal."""

    def __init__(self, site: Site, program: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=site.workspace.directory,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """Everything on its stderr so far."""
        with self._more:
            return "".join(self._lines)

    def until(self, text: str) -> None:
        """Waits for a line with `text`; fails when the run ends without it."""
        with self._more:
            self._more.wait_for(lambda: self._has(text) or self._ended, timeout=PATIENCE)
            assert self._has(text), f"never said {text!r}:\n{''.join(self._lines)}"

    def send(self, number: signal.Signals) -> None:
        """Signals the whole process group."""
        os.killpg(self._process.pid, number)

    def end(self) -> int:
        """Waits for the end; returns the exit code, negative for a signal."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def abandon(self) -> None:
        """Leaves nothing behind when a test failed in between."""
        if self._process.poll() is None:
            self.send(signal.SIGKILL)
        self.end()

    @property
    def _ended(self) -> bool:
        return not self._reader.is_alive() or (bool(self._lines) and self._lines[-1] == "")

    def _has(self, text: str) -> bool:
        return any(text in line for line in self._lines)

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            with self._more:
                self._lines.append(line)
                self._more.notify_all()
        with self._more:
            self._lines.append("")
            self._more.notify_all()


@contextmanager
def deploying(site: Site, *arguments: str, file: str = "deploy.py") -> Iterator[UnderWay]:
    """A deploy or runbook that has ended, one way or the other, when the block ends."""
    with started(site, "pyinfra", "inventory", file, "-y", *arguments) as run:
        yield run


@contextmanager
def started(site: Site, program: str, *arguments: str) -> Iterator[UnderWay]:
    """A program that has ended, one way or the other, when the block ends."""
    run = UnderWay(site, program, *arguments)
    try:
        yield run
    finally:
        run.abandon()


def killed_at(site: Site, point: str) -> str:
    """Kills a run when it says this; returns all that it said."""
    with deploying(site) as run:
        run.until(point)
        run.send(signal.SIGKILL)
        assert run.end() == -signal.SIGKILL
        return run.said


def interrupted_at(site: Site, point: str) -> None:
    """Ctrl-C ends at once, with a shell's code for it, and with no table that says healthy."""
    with deploying(site) as run:
        run.until(point)
        run.send(signal.SIGINT)
        assert run.end() == 130
        assert "interrupted; run the same command again, it continues" in run.said
        assert "  healthy  " not in run.said
