"""The watch's schedule: as declared, or gone."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation

from kestra_provision.facts.watch import Watch, WatchSeen
from kestra_provision.findings import MISSING, differs
from kestra_provision.observation import observed
from kestra_provision.watch import SERVICE, TIMER, all_files


@operation()
def scheduled(root_dir: str) -> Generator[str]:
    """Starts the timer, now and after a boot, and makes systemd read it anew where it is older.

    pyinfra's `systemd.service` lists all units of the host in two channels, and reloads on each
    run or on none.
    """
    seen = _look(root_dir)
    if seen.active and seen.enabled and not seen.stale:
        host.noop(f"{TIMER} runs")
        return
    if seen.stale:
        differs(host, TIMER, "as its file says", "systemd has an older one")
        yield "systemctl daemon-reload"
    if not (seen.enabled or seen.active):
        differs(host, TIMER, "enabled and active", MISSING)
    elif not seen.enabled:
        differs(host, TIMER, "enabled", "not enabled")
    elif not seen.active:
        differs(host, TIMER, "active", "stopped")
    yield f"systemctl enable {TIMER} && systemctl restart {TIMER}"


@operation()
def removed(root_dir: str) -> Generator[str]:
    """Takes away what a deploy wrote for the watch; a file of the same name without our mark stays.

    + root_dir: directory of the stack
    """
    files = _look(root_dir).files
    if not files:
        host.noop("no watch")
        return
    for path in files:
        differs(host, path, "no watch (watch_interval_minutes = 0)", "there")
    if any(path.endswith(TIMER) for path in files):
        yield f"systemctl disable --now {TIMER}"
    yield f"rm -f {' '.join(shlex.quote(path) for path in files)}"
    if any(path.endswith((TIMER, SERVICE)) for path in files):
        yield "systemctl daemon-reload"


def _look(root_dir: str) -> WatchSeen:
    return observed(host, Watch, units=[TIMER, SERVICE], files=all_files(root_dir))
