"""A systemd unit runs, now and after a boot, with what its files say."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Sequence
from dataclasses import replace

from pyinfra import host
from pyinfra.api import operation

from kestra_provision.facts.unit import Unit, UnitSeen
from kestra_provision.run import ahead
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.text.difference import MISSING

#: Seconds in which a program that cannot start has ended.
_MOMENT = 1
_LAST_LINES = 12
#: So is one whose file was just written.
_NEW = "stopped and not enabled"
#: Where a deploy writes units.
_FOLDER = "/etc/systemd/system"


@operation()
def running(unit: str, beside: Sequence[str] = (), reads: Sequence[str] = ()) -> Generator[str]:
    """Starts and enables a unit, and restarts it where it is older than what it reads.

    Fails with its last words where it ends at once.

    + unit: its full name, such as `docker.service`
    + beside: units that it starts, such as the service of a timer
    + reads: absolute paths of what it reads when it starts, and not again

    pyinfra's `systemd.service` lists all units of the host in two channels, and reloads or
    restarts on each run or on none.
    """
    seen = observed(host, Unit, unit=unit, beside=beside, reads=reads)
    files = [f"{_FOLDER}/{each}" for each in (unit, *beside)]
    seen = replace(
        seen,
        stale=seen.stale or (seen.known and bool(ahead.of(host).files.keys() & {*files})),
        older=seen.older or ahead.touches(host, reads),
    )
    if seen.active and seen.enabled and not (seen.stale or seen.older):
        host.noop(f"{unit} runs")
        return
    if seen.stale:
        differs(host, unit, "as its file says", "systemd has an older one")
        yield "systemctl daemon-reload"
    if actual := _actual(seen):
        declared = "enabled" if seen.active else "active" if seen.enabled else "enabled and active"
        differs(host, unit, declared, actual, fresh=actual == _NEW)
    if seen.active and seen.older:
        differs(host, unit, f"started after {', '.join(reads)}", "older")
    name = shlex.quote(unit)
    yield (
        f"{f'systemctl unmask {name} && ' if seen.masked else ''}"
        f"systemctl enable {name} && systemctl restart {name} && {{ sleep {_MOMENT}; "
        f"systemctl is-active -q {name} || {{ echo '{unit} ends at once:' >&2; "
        f"journalctl -n {_LAST_LINES} --no-pager -o cat -u {name} >&2; false; }}; }}"
    )


def _actual(seen: UnitSeen) -> str:
    if seen.active:
        return "" if seen.enabled else "not enabled"
    if seen.masked:
        return "masked"
    if seen.enabled:
        return "stopped"
    return _NEW if seen.known else MISSING
