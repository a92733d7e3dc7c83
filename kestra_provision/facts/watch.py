"""Whether the watch is scheduled, and which of its files are there."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision import HEADER
from kestra_provision.facts.script import script, section, split

_PROPERTIES = "ActiveState,UnitFileState,NeedDaemonReload"


@dataclass(frozen=True)
class WatchSeen:
    """`stale`: systemd has not read the units since they were written. `files`: ours only."""

    active: bool = False
    enabled: bool = False
    stale: bool = False
    files: tuple[str, ...] = ()


class Watch(FactBase[WatchSeen]):
    """The timer as systemd has it, in one look.

    + units: the timer first
    + files: absolute paths
    """

    def command(self, units: Sequence[str], files: Sequence[str]) -> str:
        named = " ".join(shlex.quote(unit) for unit in units)
        paths = " ".join(shlex.quote(path) for path in files)
        return script(
            section("units", f"systemctl show --property={_PROPERTIES} {named}"),
            section(
                "files",
                f"for f in {paths}; do "
                f"head -n 2 $f 2>/dev/null | grep -q '^# {HEADER}' && echo $f; done",
            ),
        )

    @staticmethod
    def default() -> WatchSeen:
        return WatchSeen()

    def process(self, output: list[str]) -> WatchSeen:
        seen = split(output)
        units = "\n".join(seen.get("units", [])).strip().split("\n\n")
        timer = units[0].splitlines()
        return WatchSeen(
            active="ActiveState=active" in timer,
            enabled="UnitFileState=enabled" in timer,
            stale=any("NeedDaemonReload=yes" in unit for unit in units),
            files=tuple(line for line in seen.get("files", []) if line),
        )
