"""What an operation finds otherwise than declared: said by a deploy, listed by the drift check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyinfra.api.host import Host

#: What stands for a thing that is not there at all.
MISSING = "missing"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as declared. None of the three ever holds a secret."""

    what: str
    declared: str
    actual: str

    def __str__(self) -> str:
        return f"{self.what}: {self.actual}, declared: {self.declared}"


_collected: dict[str, list[Difference]] = {}


def differs(host: Host, what: str, declared: str, actual: str) -> None:
    """Says why an operation is about to change something; called before its first command.

    + what: the thing, such as a path, a container, a key of `.env`
    + declared, actual: as short as they can be; of a secret never the value

    A deploy prints it, but for what is merely missing: on a fresh host that is everything.
    """
    difference = Difference(what, declared, actual)
    if host.name in _collected:
        _collected[host.name].append(difference)
    elif actual != MISSING:
        host.log(str(difference))


@contextmanager
def collecting(host: Host) -> Iterator[list[Difference]]:
    """Takes the differences of one host instead of printing them."""
    before = _collected.get(host.name)
    found: list[Difference] = []
    _collected[host.name] = found
    try:
        yield found
    finally:
        if before is None:
            del _collected[host.name]
        else:
            _collected[host.name] = before
