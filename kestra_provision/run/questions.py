"""pyinfra's questions where nobody can answer: in a pipe, a timer or CI."""

from __future__ import annotations

import sys

import click
import pyinfra_cli.cli
from pyinfra_cli.exceptions import CliError

from kestra_provision.run import invocation

_ask = pyinfra_cli.cli._do_confirm


def teach_pyinfra_to_ask() -> None:
    """Lets pyinfra ask on a terminal only; elsewhere it would crash with EOFError."""
    pyinfra_cli.cli._do_confirm = confirm


def confirm(question: str) -> bool:
    """pyinfra's own question on a terminal.

    Without one, a run goes on with the hosts that are left, as it does with `-y`, but it changes
    nothing unasked: `CliError` with the way out.
    """
    if sys.stdin.isatty():
        answer: bool = _ask(question)
        return answer
    if "failed" in question:
        click.echo("    goes on with the other hosts: there is no terminal to ask", err=True)
        return True
    raise CliError(
        f"nothing was changed, because there is no terminal to ask whether to: {_way_out()}"
    )


def _way_out() -> str:
    """What the command takes: `kestra-provision restart` knows no `--dry`."""
    if runbooks := invocation.runbooks():
        return f"add -y to {' and '.join(runbooks)}"
    return "add -y to go on, or --dry to see the plan only"
