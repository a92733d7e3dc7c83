"""The watch's schedule: as declared, or gone."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation

from kestra_provision.facts.watch import Watch, WatchSeen
from kestra_provision.render.host.watch import all_files, units
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.settings import Settings
from kestra_provision.text.difference import MISSING


@operation()
def scheduled(settings: Settings) -> Generator[str]:
    """Starts the timer, now and after a boot, and makes systemd read it anew where it is older.

    pyinfra's `systemd.service` lists all units of the host in two channels, and reloads on each
    run or on none.
    """
    seen = _look(settings)
    timer, _ = units(settings.project_name)
    if seen.active and seen.enabled and not seen.stale:
        host.noop(f"{timer} runs")
        return
    if seen.stale:
        differs(host, timer, "as its file says", "systemd has an older one")
        yield "systemctl daemon-reload"
    if not (seen.enabled or seen.active):
        differs(host, timer, "enabled and active", MISSING)
    elif not seen.enabled:
        differs(host, timer, "enabled", "not enabled")
    elif not seen.active:
        differs(host, timer, "active", "stopped")
    yield f"systemctl enable {timer} && systemctl restart {timer}"


@operation()
def removed(settings: Settings) -> Generator[str]:
    """Takes away what a deploy wrote for the watch; a file of that name without our mark stays."""
    files = _look(settings).files
    timer, service = units(settings.project_name)
    if not files:
        host.noop("no watch")
        return
    for path in files:
        differs(host, path, "no watch (watch_interval_minutes = 0)", "there")
    if any(path.endswith(timer) for path in files):
        yield f"systemctl disable --now {timer}"
    yield f"rm -f {' '.join(shlex.quote(path) for path in files)}"
    if any(path.endswith((timer, service)) for path in files):
        yield "systemctl daemon-reload"


def _look(settings: Settings) -> WatchSeen:
    return observed(host, Watch, units=units(settings.project_name), files=all_files(settings))
