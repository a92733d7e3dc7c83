"""pyinfra's questions where nobody can answer: in a pipe, a timer or CI."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

import click
from pyinfra.context import ctx_state
from pyinfra_cli.exceptions import CliError

from kestra_provision.run.state import run_of


def confirm(original: Callable[[str], bool], question: str) -> bool:
    """pyinfra's own question on a terminal; a no raises `CliError`, so that it is no success.

    Without one, a run goes on with the hosts that are left, as it does with `-y`, but it changes
    nothing unasked: `CliError` with the way out.
    """
    return agreed(lambda: original(question), question, _way_out)


def agreed(ask: Callable[[], bool], question: str, way_out: Callable[[], str]) -> bool:
    """The same for any question.

    + ask: asks the person
    + way_out: what a command without a terminal takes
    """
    if sys.stdin.isatty():
        with suppress(EOFError):  # Ctrl-D
            if ask():
                return True
        if "failed" in question:
            return False
        raise CliError("nothing was changed, because you said no")
    if "failed" in question:
        click.echo("    goes on with the other hosts: there is no terminal to ask", err=True)
        return True
    raise CliError(
        f"nothing was changed, because there is no terminal to ask whether to: {way_out()}"
    )


def _way_out() -> str:
    """What the command takes: `kestra-provision restart` knows no `--dry`."""
    run = run_of(ctx_state.get())
    if not run.is_deploy:
        return "add -y to go on"
    return "add -y to go on, or --dry to see the plan only"
