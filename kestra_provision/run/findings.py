"""What an operation finds otherwise than declared: said by a deploy, listed by the drift check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyinfra.api.host import Host

from kestra_provision.run import state
from kestra_provision.text.difference import MISSING, Difference


def differs(
    host: Host, what: str, declared: str, actual: str, fix: str = "", fresh: bool = False
) -> None:
    """Says why an operation is about to change something; called before its first command.

    + what: the thing, such as a path, a container, a key of `.env`
    + declared, actual: as short as they can be; of a secret never the value
    + fix: what mends it, where a deploy does not
    + fresh: a fresh host has it like that

    A deploy prints it, but for what is fresh or merely missing: on a fresh host that is everything.
    """
    difference = Difference(what, declared, actual, fix)
    if (found := collected(host)) is not None:
        found.append(difference)
    elif actual != MISSING and not fresh:
        host.log(str(difference))


def notice(host: Host, what: str, declared: str, actual: str, fix: str = "") -> None:
    """Says what is worth knowing and changed by nobody here; a deploy prints it as well."""
    if (found := collected(host)) is not None:
        found.append(Difference(what, declared, actual, fix, "notice"))
    else:
        host.log(f"{what}: {actual}{f'; {fix}' if fix else ''}")


def collected(host: Host) -> list[Difference] | None:
    """What was found so far while the host is only looked at; None in a deploy."""
    return state.of(host).collected


@contextmanager
def collecting(host: Host) -> Iterator[list[Difference]]:
    """Takes the differences of one host instead of printing them."""
    of_host = state.of(host)
    before, found = of_host.collected, list[Difference]()
    of_host.collected = found
    try:
        yield found
    finally:
        of_host.collected = before
