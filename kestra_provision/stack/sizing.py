"""How much memory each container may have on a host of a given size."""

from __future__ import annotations

from dataclasses import dataclass

from kestra_provision.settings import Settings

#: Steps of the limits in MiB: a kernel update that shifts MemTotal a little changes nothing.
_STEP = 256
_LEAST_KESTRA = 1024
_LEAST_POSTGRES = 256


@dataclass(frozen=True)
class Sizing:
    """Limits in MiB, as Docker and Java count `m`; `heap` is the JVM's part of Kestra's limit."""

    kestra: int
    postgres: int

    @property
    def heap(self) -> int:
        """Two thirds: threads, metaspace and the script tasks' own processes need the rest.

        Kestra's launcher would take half of what it sees (MaxRAMPercentage=50).
        """
        return self.kestra * 2 // 3


def sizing(settings: Settings, memory_mb: int) -> Sizing:
    """The settings' limits, or parts of the host's memory where they say nothing.

    + memory_mb: the host's, in MiB
    """
    return Sizing(
        kestra=settings.kestra_memory_mb or _part(memory_mb, 2, _LEAST_KESTRA),
        postgres=settings.postgres_memory_mb or _part(memory_mb, 6, _LEAST_POSTGRES),
    )


def _part(memory_mb: int, divisor: int, least: int) -> int:
    return max(least, memory_mb // divisor // _STEP * _STEP)
