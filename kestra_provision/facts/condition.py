"""How the host is doing: room, memory, a reboot that is due."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split

#: The newest kernel that is installed, by Debian's own order of versions.
_NEWEST_KERNEL = "ls /boot/vmlinuz-* | sed 's|.*/vmlinuz-||' | sort -V | tail -n 1"


@dataclass(frozen=True)
class HostCondition:
    """Percent of use by mount point, megabytes of 10^6 bytes.

    + reboot: why a reboot is due, empty when none is
    """

    disks: dict[str, int] = field(default_factory=dict)
    inodes: dict[str, int] = field(default_factory=dict)
    memory_mb: int = 0
    available_mb: int = 0
    reboot: str = ""


class Condition(FactBase[HostCondition]):
    """What the drift check warns of, in one look.

    + root_dir: of the stack
    """

    def command(self, root_dir: str) -> str:
        places = f"/ /var/lib/docker {shlex.quote(root_dir)}"
        return script(
            section("disks", f"df -P {places} | awk 'NR > 1 {{print $6, $5}}'"),
            section("inodes", f"df -Pi {places} | awk 'NR > 1 {{print $6, $5}}'"),
            section("memory", "awk '/^Mem(Total|Available):/ {print $2}' /proc/meminfo"),
            section("reboot", "[ ! -e /run/reboot-required ] || echo wanted by installed packages"),
            section(
                "kernel",
                f"k=$({_NEWEST_KERNEL}); "
                '[ -z "$k" ] || [ "$k" = "$(uname -r)" ] || [ ! -d "/lib/modules/$(uname -r)" ] '
                "|| echo kernel $k is installed, $(uname -r) runs",
            ),
        )

    @staticmethod
    def default() -> HostCondition:
        return HostCondition()

    def process(self, output: list[str]) -> HostCondition:
        seen = split(output)
        memory = [int(line) * 1024 // 1_000_000 for line in seen.get("memory", []) if line]
        total, available = memory if len(memory) == 2 else (0, 0)
        return HostCondition(
            disks=_percentages(seen.get("disks", [])),
            inodes=_percentages(seen.get("inodes", [])),
            memory_mb=total,
            available_mb=available,
            reboot=first(seen.get("reboot")) or first(seen.get("kernel")),
        )


def _percentages(lines: list[str]) -> dict[str, int]:
    """Some filesystems have no inodes to count, and show `-`."""
    pairs = (line.split() for line in lines if line)
    return {
        pair[0]: int(pair[1].rstrip("%"))
        for pair in pairs
        if len(pair) == 2 and pair[1].rstrip("%").isdigit()
    }
