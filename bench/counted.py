"""A program with its SSH channels counted: python -m bench.counted FILE pyinfra inventory deploy.py

Each fact or command is one `session` channel, each HTTP connection one `direct-tcpip` channel.
Counted where paramiko opens them, so that nothing is missed; `http` counts the calls in them. FILE
gets the counts as JSON.
"""

from __future__ import annotations

import atexit
import json
import logging
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from pyinfra_cli.main import main as pyinfra  # patches the standard library: before paramiko

import paramiko  # isort: skip

from kestra_provision.cli import main as kestra_provision

PROGRAMS = {"pyinfra": pyinfra, "kestra-provision": kestra_provision}


class _Counting(logging.Handler):
    """Counts lines of a log as calls."""

    def __init__(self, counts: Counter[str]) -> None:
        super().__init__()
        self._counts = counts

    def emit(self, record: logging.LogRecord) -> None:
        self._counts["http"] += 1


def count_into(file: Path) -> None:
    """Counts every channel of this process by kind, and writes the counts when it ends."""
    counts: Counter[str] = Counter()
    original = paramiko.Transport.open_channel

    def open_channel(self: paramiko.Transport, kind: str, *args: Any, **kwargs: Any) -> Any:
        counts[kind] += 1
        return original(self, kind, *args, **kwargs)

    paramiko.Transport.open_channel = open_channel  # type: ignore[method-assign]
    # httpx logs one line for each call that was answered.
    logger = logging.getLogger("httpx")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(_Counting(counts))
    atexit.register(lambda: file.write_text(json.dumps(counts)))


if __name__ == "__main__":
    count_into(Path(sys.argv.pop(1)))
    program = PROGRAMS[sys.argv[1]]
    del sys.argv[0]
    program()
