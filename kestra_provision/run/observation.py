"""What was seen of a host, kept until something is changed there.

pyinfra opens a channel for each fact each time it is asked, and several stages ask the same. Only
an operation asks here, before its first command: what runs later, or waits for something, asks the
host itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.run.state import of

T = TypeVar("T")


def observed(host: Host, fact: type[FactBase[T]], **arguments: Any) -> T:
    """`host.get_fact`, or its answer from before if nothing was changed on the host since."""
    key = f"{fact.__name__} {sorted(arguments.items())!r}"
    return remembered(host, key, lambda: host.get_fact(fact, **arguments))


def forget(host: Host) -> None:
    """For whoever changes a host otherwise than by an operation."""
    of(host).seen.clear()


class Forgetting(BaseStateCallback):
    """Forgets a host's state when an operation changed it, or failed on the way."""

    def operation_host_start(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str
    ) -> None:
        of_host = of(host)
        latest = state.ops[host].get(of_host.latest_operation)
        if latest and not (
            latest.operation_meta.is_complete() and not latest.operation_meta.did_change()
        ):
            forget(host)
        of_host.latest_operation = op_hash


def remembered(host: Host, key: str, look: Callable[[], T]) -> T:
    """What `look` tells, or told before; for a look that is no fact, because secrets are in it.

    A person may think for minutes between the plan and its execution, so each looks itself.
    """
    seen = of(host).seen
    staged = f"{getattr(host.state, 'current_stage', '')} {key}"
    if staged not in seen:
        seen[staged] = look()
    return seen[staged]  # type: ignore[no-any-return]
