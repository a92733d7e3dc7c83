"""The command line beside pyinfra, one command a file: kestra-provision COMMAND --help."""

from __future__ import annotations

import difflib

import click

from kestra_provision import __version__
from kestra_provision.cli.audit import audit
from kestra_provision.cli.completion import completion
from kestra_provision.cli.config import config
from kestra_provision.cli.credentials import credentials
from kestra_provision.cli.doctor import doctor
from kestra_provision.cli.drift import drift
from kestra_provision.cli.init import init
from kestra_provision.cli.lock import lock
from kestra_provision.cli.logs import logs
from kestra_provision.cli.metrics import metrics
from kestra_provision.cli.open import open_
from kestra_provision.cli.restart import restart
from kestra_provision.cli.settings import settings
from kestra_provision.cli.start import start
from kestra_provision.cli.status import status
from kestra_provision.cli.stop import stop
from kestra_provision.cli.unlock import unlock

# Of a command line that cannot be understood: click's own 2 means drift, or findings, here.
click.UsageError.exit_code = 1


class _Main(click.Group):
    """Names the nearest command for an unknown one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from error


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Day-to-day commands for hosts that `pyinfra inventory deploy.py` provisioned.

    \b
    Example:
      kestra-provision open vps1
    """


for _command in (
    audit,
    completion,
    config,
    credentials,
    doctor,
    drift,
    init,
    lock,
    logs,
    metrics,
    open_,
    restart,
    settings,
    start,
    status,
    stop,
    unlock,
):
    main.add_command(_command)
