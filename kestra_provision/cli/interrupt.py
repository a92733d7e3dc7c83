"""Ctrl-C ends a command that only looks, and says nothing more."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: What a shell shows for a program that SIGINT ended.
BY_CTRL_C = 130


@contextmanager
def ends(code: int = BY_CTRL_C) -> Iterator[None]:
    """Within it, Ctrl-C is the end of the program.

    + code: its exit code then

    gevent would show a KeyboardInterrupt on the terminal before it lets it through.
    """
    before = signal.signal(signal.SIGINT, lambda *_: sys.exit(code))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
