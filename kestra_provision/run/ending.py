"""How a run ends: its exit code tells whether every host was finished."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial, wraps
from types import FrameType

import click
from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State, StateStage

from kestra_provision.remote.shell import LOST, lost

#: What a shell shows for a program that SIGINT ended.
INTERRUPTED = 130


def end_truthfully(where_it_stands: Callable[[], list[str]]) -> None:
    """Makes Ctrl-C, and hosts that were left half-way, count as failures.

    + where_it_stands: lines for Ctrl-C

    pyinfra's own handler of Ctrl-C exits with 0, and with `--no-wait` it forgets which hosts
    failed. `config.py` runs after that handler was set, and `State.set_stage` is what pyinfra
    calls between the last operation and its exit code.
    """
    signal.signal(signal.SIGINT, partial(_interrupted, where_it_stands))
    original = State.set_stage

    @wraps(original)
    def set_stage(self: State, stage: StateStage) -> None:
        if stage == StateStage.Disconnect:
            self.failed_hosts.update(host for host in self.activated_hosts if _left(self, host))
        original(self, stage)

    State.set_stage = set_stage  # type: ignore[method-assign]


class LostConnection(BaseStateCallback):
    """Says that the connection was lost, where pyinfra only says how many commands it executed."""

    def operation_host_error(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        if lost(host):
            host.log(LOST, log_func=logger.error)


def _left(state: State, host: Host) -> bool:
    """True when an operation of the host failed or never ran."""
    operations = state.ops[host].values()
    return state.get_results_for_host(host).error_ops > 0 or not all(
        operation.operation_meta.is_complete() for operation in operations
    )


def _interrupted(
    where_it_stands: Callable[[], list[str]], _signal: int, _frame: FrameType | None
) -> None:
    """Ends at once: pyinfra's orderly end waits for the command that is under way on the host."""
    try:
        said = ["interrupted; run the same command again, it continues", *where_it_stands()]
        click.echo("\n" + "\n".join(said), err=True)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(INTERRUPTED)
