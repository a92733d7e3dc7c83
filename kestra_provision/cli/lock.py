"""kestra-provision lock"""

from __future__ import annotations

import click

from kestra_provision.cli import arguments


def _said(ctx: click.Context, parameter: click.Parameter, reason: str) -> str:
    if not reason.strip():
        raise click.BadParameter("say why, for whoever is refused", ctx, parameter)
    return reason


@click.command()
@arguments.one_host
@arguments.loudness
@click.option("--reason", required=True, callback=_said, help="What whoever is refused reads.")
def lock(host: str, inventory: str, reason: str) -> None:
    """Keeps deploys and runbooks off HOST until `unlock`.

    It survives a reboot, and says --reason to whom it refuses.

    \b
    Example:
      kestra-provision lock vps1 --reason "the provider moves the disk until noon"
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.operations.lock import take_by_hand
    from kestra_provision.run.hosts import connected
    from kestra_provision.text.next_command import NextCommand

    with connected(inventory, host) as (target, settings):
        if problem := take_by_hand(target, settings.project_name, reason):
            raise click.ClickException(f"{host}: {problem}")
    unlock = NextCommand(inventory).day_two("unlock", host)
    click.echo(f"{host} is locked. When that is done: {unlock}")
