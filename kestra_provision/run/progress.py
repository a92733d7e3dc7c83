"""Lets long steps speak: one line at each tenth, with the speed so far."""

from __future__ import annotations

import time

from pyinfra.api.host import Host


class Progress:
    """Says how far a transfer is.

    + what: what is under way
    + total: its size in bytes
    """

    def __init__(self, host: Host, what: str, total: int) -> None:
        self._host, self._what, self._total = host, what, max(total, 1)
        self._said = -1
        self._start = time.monotonic()

    def __call__(self, done: int) -> None:
        tenth = done * 10 // self._total
        if tenth == self._said:
            return
        self._said = tenth
        seconds = max(time.monotonic() - self._start, 0.001)
        self._host.log(
            f"{self._what}: {tenth * 10}% of {self._total / 1e6:.0f} MB "
            f"({done / 1e6 / seconds:.0f} MB/s)"
        )
