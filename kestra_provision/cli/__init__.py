"""The command line beside pyinfra, one command a file: kestra-provision COMMAND --help."""

from __future__ import annotations

import difflib
import os
import signal
import sys
from typing import Any

import click

from kestra_provision import __version__
from kestra_provision.cli.audit import audit
from kestra_provision.cli.completion import completion
from kestra_provision.cli.config import config
from kestra_provision.cli.credentials import credentials
from kestra_provision.cli.deploy import deploy
from kestra_provision.cli.doctor import doctor
from kestra_provision.cli.drift import drift
from kestra_provision.cli.executions import executions
from kestra_provision.cli.files import files
from kestra_provision.cli.flows import flows
from kestra_provision.cli.init import init
from kestra_provision.cli.kv import kv
from kestra_provision.cli.lock import lock
from kestra_provision.cli.logs import logs
from kestra_provision.cli.metrics import metrics
from kestra_provision.cli.open import open_
from kestra_provision.cli.plan import plan
from kestra_provision.cli.restart import restart
from kestra_provision.cli.run import run
from kestra_provision.cli.secrets import secrets
from kestra_provision.cli.settings import settings
from kestra_provision.cli.smoke import smoke
from kestra_provision.cli.start import start
from kestra_provision.cli.status import status
from kestra_provision.cli.stop import stop
from kestra_provision.cli.unlock import unlock
from kestra_provision.cli.version import version

# Of a command line that cannot be understood: click's own 2 means drift, or findings, here.
click.UsageError.exit_code = 1


#: What each command is for, as --help shows them.
_GROUPS: dict[str, tuple[click.Command, ...]] = {
    "Look": (status, plan, drift, logs, audit, config, version, credentials, open_),
    "Change": (deploy, restart, stop, start, lock),
    "Flows": (flows, kv, files, secrets, run, executions, smoke),
    "Recover": (doctor, unlock),
    "Your repository": (init, settings, metrics, completion),
}


#: What a shell shows for a program that SIGINT ended.
_INTERRUPTED = 130


class _Main(click.Group):
    """Names the nearest command for an unknown one, lists them by what they are for, and ends
    quietly at Ctrl-C.
    """

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One section a group, one width of the names for all."""
        width = max(map(len, self.commands))
        for title, commands in _GROUPS.items():
            with formatter.section(title):
                # The longest name, so that the columns of all sections are below each other.
                rows = [(f"{c.name:<{width}}", c.get_short_help_str(100)) for c in commands]
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        before = signal.signal(signal.SIGINT, _end)
        try:
            return super().invoke(ctx)
        finally:
            signal.signal(signal.SIGINT, before)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from error


def _end(_number: int, _frame: object) -> None:
    """Of who only looks: there is nothing to tidy up, and no greenlet to ask."""
    try:
        sys.stdout.flush()
    finally:
        os._exit(_INTERRUPTED)


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Day-to-day commands for hosts that `pyinfra inventory deploy.py` provisioned.

    HOST may be left out where your inventory has one host. Commands that take several hosts are
    for all of them then, or for some with --limit.

    \b
    Example:
      kestra-provision status
      kestra-provision open vps1
    """


for _command in (command for group in _GROUPS.values() for command in group):
    main.add_command(_command)
