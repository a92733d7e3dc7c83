"""How the host is doing: room, memory, a reboot that is due."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split
from kestra_provision.facts.storage import DOCKER_FOLDERS

#: Before the flavour in `6.1.0-30-cloud-amd64`, `6.12.38+deb13-amd64`, `6.8.0-45-generic`.
_KERNEL_VERSION = re.compile(r"[0-9.]+[^-]*(?:-[0-9][^-]*)?-")
_PERCENT = "awk 'NR > 1 {print $6, $5}'"


@dataclass(frozen=True)
class HostCondition:
    """Percent of use by mount point, memory in MiB.

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
        folders = f"echo /; echo {shlex.quote(root_dir)}; {DOCKER_FOLDERS.ask}"
        return script(
            section("disks", f"folders=$({folders}); df -P $folders | {_PERCENT}"),
            section("inodes", f"df -Pi $folders | {_PERCENT}"),
            section("memory", "awk '/^Mem(Total|Available):/ {print $2}' /proc/meminfo"),
            section("reboot", "[ ! -e /run/reboot-required ] || echo wanted by installed packages"),
            # A kernel that the provider boots from outside has no modules here.
            section("running", '[ ! -d "/lib/modules/$(uname -r)" ] || uname -r'),
            # By Debian's own order of versions.
            section("kernels", "ls /boot/vmlinuz-* | sed 's|.*/vmlinuz-||' | sort -V"),
            asks=(DOCKER_FOLDERS,),
        )

    @staticmethod
    def default() -> HostCondition:
        return HostCondition()

    def process(self, output: list[str]) -> HostCondition:
        seen = split(output)
        memory = [int(line) // 1024 for line in seen.get("memory", []) if line]
        total, available = memory if len(memory) == 2 else (0, 0)
        return HostCondition(
            disks=_percentages(seen.get("disks", [])),
            inodes=_percentages(seen.get("inodes", [])),
            memory_mb=total,
            available_mb=available,
            reboot=first(seen.get("reboot"))
            or _newer_kernel(first(seen.get("running")), seen.get("kernels", [])),
        )


def _newer_kernel(running: str, installed: list[str]) -> str:
    """Two flavours may be installed side by side, and only one of them runs.

    + installed: oldest first
    """
    newest = [kernel for kernel in installed if _flavour(kernel) == _flavour(running)][-1:]
    if not running or newest in ([], [running]):
        return ""
    return f"kernel {newest[0]} is installed, {running} runs"


def _flavour(kernel: str) -> str:
    return _KERNEL_VERSION.sub("", kernel, count=1)


def _percentages(lines: list[str]) -> dict[str, int]:
    """Some filesystems have no inodes to count, and show `-`."""
    pairs = (line.split() for line in lines if line)
    return {
        pair[0]: int(pair[1].rstrip("%"))
        for pair in pairs
        if len(pair) == 2 and pair[1].rstrip("%").isdigit()
    }
