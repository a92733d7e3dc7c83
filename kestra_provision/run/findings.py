"""What an operation finds otherwise than declared: said by a deploy, listed by the drift check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from pyinfra.api.host import Host

#: What stands for a thing that is not there at all.
MISSING = "missing"

#: `drift`: the declared state differs. `notice`: worth knowing, fails nothing.
Severity = Literal["drift", "notice"]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as declared. None of its words ever holds a secret.

    + fix: what mends it, where a deploy does not
    """

    what: str
    declared: str
    actual: str
    fix: str = ""
    severity: Severity = "drift"

    def __str__(self) -> str:
        return f"{self.what}: {self.actual}; declared: {self.declared}"


_collected: dict[str, list[Difference]] = {}


def differs(host: Host, what: str, declared: str, actual: str, fix: str = "") -> None:
    """Says why an operation is about to change something; called before its first command.

    + what: the thing, such as a path, a container, a key of `.env`
    + declared, actual: as short as they can be; of a secret never the value
    + fix: what mends it, where a deploy does not

    A deploy prints it, but for what is merely missing: on a fresh host that is everything.
    """
    difference = Difference(what, declared, actual, fix)
    if collected(host) is not None:
        _collected[host.name].append(difference)
    elif actual != MISSING:
        host.log(str(difference))


def notice(host: Host, what: str, declared: str, actual: str, fix: str = "") -> None:
    """Says what is worth knowing and changed by nobody here; a deploy prints it as well."""
    if collected(host) is not None:
        _collected[host.name].append(Difference(what, declared, actual, fix, "notice"))
    else:
        host.log(f"{what}: {actual}{f'; {fix}' if fix else ''}")


def collected(host: Host) -> list[Difference] | None:
    """What was found so far while the host is only looked at; None in a deploy."""
    return _collected.get(host.name)


@contextmanager
def collecting(host: Host) -> Iterator[list[Difference]]:
    """Takes the differences of one host instead of printing them."""
    before = collected(host)
    found: list[Difference] = []
    _collected[host.name] = found
    try:
        yield found
    finally:
        if before is None:
            del _collected[host.name]
        else:
            _collected[host.name] = before
