"""How much memory a container may have on a host of a given size."""

from __future__ import annotations

from dataclasses import dataclass

#: Steps of the limits in MiB: a kernel update that shifts MemTotal a little changes nothing.
_STEP = 256


@dataclass(frozen=True)
class Share:
    """A part of the host's memory, in MiB as Docker and Java count `m`.

    + setting, given: the setting of the limit, and its value if there is one
    + divisor: the part of the host's memory without one, such as 2 for half of it
    + least: never less than this
    """

    setting: str
    given: int | None
    divisor: int
    least: int

    def of(self, memory_mb: int) -> int:
        """The limit on a host with this much memory."""
        return self.given or max(self.least, memory_mb // self.divisor // _STEP * _STEP)
