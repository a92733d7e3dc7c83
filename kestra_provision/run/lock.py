"""Lets go of the lock that a run has of a host."""

from __future__ import annotations

from collections.abc import Callable

from pyinfra.api.host import Host

from kestra_provision.commands import lock
from kestra_provision.remote.shell import LOST, run
from kestra_provision.run.state import hosts_of


def disconnect(
    at_end: Callable[[Host], None], original: Callable[[Host], None], host: Host
) -> None:
    """`Host.disconnect`, after the lock.

    + at_end: what is to be done before that

    pyinfra disconnects all hosts beside each other at every end of a run but a signal; a run
    without any host left skips its last stage.
    """
    try:
        at_end(host)
    finally:
        release(host)
    original(host)


def release(host: Host) -> None:
    """Lets go of the lock that this run has of the host, if any."""
    of_host = hosts_of(host.state).get(host.name)
    if of_host is None or of_host.lock is None:
        return
    held, of_host.lock = of_host.lock, None
    # Where the connection is lost, the next run sees that this one is gone.
    result = run(host, lock.remove(held.project, held.identity), **held.arguments)
    if not result.ok and result.stderr != LOST:
        host.log(f"the lock was left behind, and the next run takes it over: {result.stderr}")
