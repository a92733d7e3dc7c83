"""How a run ends: its exit code tells whether every host was finished."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import click
from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State, StateStage
from pyinfra.context import ctx_state

from kestra_provision.remote.shell import LOST, lost
from kestra_provision.run import hooks

#: What a shell shows for a program that SIGINT ended.
INTERRUPTED = 130


class LostConnection(BaseStateCallback):
    """Says that the connection was lost, where pyinfra only says how many commands it executed."""

    @staticmethod
    def operation_host_error(
        state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        if lost(host):
            host.log(LOST, log_func=logger.error)


def set_stage(original: Callable[..., None], state: State, stage: StateStage) -> None:
    """`State.set_stage`, which counts hosts that were left half-way as failed, and calls hooks.

    It is what pyinfra calls before the first operation, and between the last one and its exit code.
    """
    if stage == StateStage.Disconnect:
        state.failed_hosts.update(host for host in state.activated_hosts if _left(state, host))
    original(state, stage)
    hooks.call_at(state, stage)


def connect_quietly(original: Callable[..., Any], host: Host, **options: Any) -> Any:
    """`Host.connect`, whose errors are told by whoever asked for the connection."""
    return original(host, **{**options, "show_errors": False})


def show_refusal(original: Callable[..., None], error: Any, file: Any = None) -> None:
    """What was expected to go wrong is told by its words alone."""
    click.echo(f"--> {click.style('error', 'red', bold=True)}: {error.message}", err=True)


def interrupted(
    where_it_stands: Callable[[State], list[str]],
    _original: object,
    _signal: int,
    _frame: FrameType | None,
) -> None:
    """Ends at once: pyinfra's orderly end waits for the command that is under way on the host.

    + where_it_stands: lines of what was done and what was under way
    """
    try:
        said = ["interrupted; run the same command again, it continues"]
        if ctx_state.isset():
            said += where_it_stands(ctx_state.get())
        click.echo("\n" + "\n".join(said), err=True)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(INTERRUPTED)


def _left(state: State, host: Host) -> bool:
    """True when an operation of the host failed or never ran."""
    operations = state.ops[host].values()
    return state.get_results_for_host(host).error_ops > 0 or not all(
        operation.operation_meta.is_complete() for operation in operations
    )
