"""What a run costs the host: calls of docker, processes, seconds of its processors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.vps.machine import Vps

#: Before the real one in the PATH of whoever connects. What systemd starts, such as the watch in
#: between, has an invocation of its own, and is not counted.
_WRAPPER = "/usr/local/bin/docker"
_CALLS = "/run/docker-calls"
_SCRIPT = f"""#!/bin/sh
[ -n "$INVOCATION_ID" ] || echo "$1" >> {_CALLS}
exec /usr/bin/docker "$@"
"""
#: Of each process its own time and that of its children that are gone, in hundredths.
_SPENT = "cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | cut -d' ' -f12-15"
_TICKS = 100


@dataclass
class HostCost:
    """
    + started: processes and threads
    + seconds: of the processors, whoever spent them, Docker's daemon too
    """

    started: int = 0
    seconds: float = 0.0


@contextmanager
def docker_calls(vps: Vps) -> Iterator[Counter[str]]:
    """Counts the calls of docker by their first word; the counts are there when the block ends."""
    counts: Counter[str] = Counter()
    vps.run(f"rm -f {_CALLS}; cat > {_WRAPPER} && chmod 755 {_WRAPPER}", stdin=_SCRIPT)
    try:
        yield counts
        counts.update(vps.run(f"cat {_CALLS}").stdout.split())
    finally:
        vps.run(f"rm -f {_WRAPPER} {_CALLS}")


@contextmanager
def host_cost(vps: Vps) -> Iterator[HostCost]:
    """What the host spends within the block; what goes on there anyway is in it."""
    cost = HostCost()
    started, seconds = _started(vps), _spent(vps)
    yield cost
    cost.seconds, cost.started = _spent(vps) - seconds, _started(vps) - started


def _started(vps: Vps) -> int:
    """The number of the process or thread that began last."""
    return int(vps.run("cat /proc/loadavg").stdout.split()[-1])


def _spent(vps: Vps) -> float:
    return sum(map(int, vps.run(_SPENT).stdout.split())) / _TICKS
