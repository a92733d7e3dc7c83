"""A systemd unit: whether it runs, also after a boot, and with what its files say."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import Once, script, section, split

#: `systemctl_says ARGUMENT…`: has no answer where systemd is there and does not tell.
_SAYS = Once(
    "systemctl_says",
    """{ why=$(timeout 60 systemctl "$@" 2>&1 >&4 4>&-); } 4>&1 && return
[ ! -d /run/systemd/system ] || no_answer "systemctl $1 does not tell: ${why:-nothing for 60 s}"
return 2""",
)
_PROPERTIES = "LoadState,ActiveState,UnitFileState,NeedDaemonReload"


@dataclass(frozen=True)
class UnitSeen:
    """`stale`: systemd has not read it since it was written. `older`: than what it reads.

    + known: systemd has a unit of that name
    + masked: somebody forbade to start it
    """

    known: bool = False
    masked: bool = False
    active: bool = False
    enabled: bool = False
    stale: bool = False
    older: bool = False


class Unit(FactBase[UnitSeen]):
    """One unit as systemd has it, in one look.

    + unit: its full name, such as `docker.service`
    + beside: units that it starts, such as the service of a timer
    + reads: absolute paths of what it reads when it starts, and not again
    """

    def command(self, unit: str, beside: Sequence[str] = (), reads: Sequence[str] = ()) -> str:
        named = " ".join(shlex.quote(one) for one in (unit, *beside))
        # `--timestamp=unix` came with systemd 251, and Ubuntu 22.04 has 249.
        started = (
            f"t=$(TZ=UTC systemctl show -P ActiveEnterTimestamp {shlex.quote(unit)}); "
            '[ -z "$t" ] || date -d "$t" +%s'
        )
        sections = [section("units", f"systemctl_says show --property={_PROPERTIES} {named}")]
        if reads:
            written = f"stat -Lc %Y {shlex.join(reads)}"
            sections += [section("started", started), section("written", written)]
        return script(*sections, asks=(_SAYS,))

    @staticmethod
    def default() -> UnitSeen:
        return UnitSeen()

    def process(self, output: list[str]) -> UnitSeen:
        seen = split(output)
        units = "\n".join(seen.get("units", [])).strip().split("\n\n")
        itself = units[0].splitlines()
        started = _numbers(seen.get("started", []))
        written = _numbers(seen.get("written", []))
        return UnitSeen(
            known="LoadState=loaded" in itself,
            masked="LoadState=masked" in itself,
            active="ActiveState=active" in itself,
            enabled="UnitFileState=enabled" in itself,
            stale=any("NeedDaemonReload=yes" in unit for unit in units),
            older=bool(started and written and max(written) > started[0]),
        )


def _numbers(lines: Sequence[str]) -> list[int]:
    return [int(line) for line in lines if line.isdigit()]
