"""A program with its SSH channels counted: python -m bench.counted FILE pyinfra inventory deploy.py

Each fact or command is one `session` channel, each HTTP connection one `direct-tcpip` channel.
Counted where paramiko opens them, so that nothing is missed; `http` counts the calls in them. FILE
gets the counts as JSON.
"""

from __future__ import annotations

import atexit
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from pyinfra_cli.main import main as pyinfra  # patches the standard library: before paramiko

import httpx  # isort: skip
import paramiko  # isort: skip

from kestra_provision.cli import main as kestra_provision

PROGRAMS = {"pyinfra": pyinfra, "kestra-provision": kestra_provision}


def count_into(file: Path) -> None:
    """Counts every channel of this process by kind, and writes the counts when it ends."""
    counts: Counter[str] = Counter()
    original = paramiko.Transport.open_channel

    def open_channel(self: paramiko.Transport, kind: str, *args: Any, **kwargs: Any) -> Any:
        counts[kind] += 1
        return original(self, kind, *args, **kwargs)

    sent = httpx.Client.send

    def send(self: httpx.Client, *args: Any, **kwargs: Any) -> Any:
        counts["http"] += 1
        return sent(self, *args, **kwargs)

    paramiko.Transport.open_channel = open_channel  # type: ignore[method-assign]
    httpx.Client.send = send  # type: ignore[method-assign]
    atexit.register(lambda: file.write_text(json.dumps(counts)))


if __name__ == "__main__":
    count_into(Path(sys.argv.pop(1)))
    program = PROGRAMS[sys.argv[1]]
    del sys.argv[0]
    program()
