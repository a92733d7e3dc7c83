"""The watch's schedule, taken away where it is not wanted."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation

from kestra_provision.facts.watch import WatchFiles
from kestra_provision.render.host.watch import all_files, units
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.settings import Settings


@operation()
def removed(settings: Settings) -> Generator[str]:
    """Takes away what a deploy wrote for the watch; a file of that name without our mark stays."""
    files = observed(host, WatchFiles, files=all_files(settings))
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
