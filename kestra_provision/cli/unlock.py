"""kestra-provision unlock"""

from __future__ import annotations

import click

from kestra_provision.cli import arguments


@click.command()
@arguments.one_host
@arguments.loudness
@click.option("--force", is_flag=True, help="Remove the lock of a run that is alive, too.")
def unlock(host: str, inventory: str, force: bool) -> None:
    """Removes the lock of HOST and says whose it was.

    A lock made by hand is removed, and one left by a run that is gone. The lock of a run that is
    alive goes only with --force, and then two may change the host at once.

    \b
    Example:
      kestra-provision unlock vps1
      kestra-provision unlock vps1 --force
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.commands.lock import refusal
    from kestra_provision.operations.lock import find, remove
    from kestra_provision.run.hosts import connected
    from kestra_provision.text.next_command import NextCommand

    with connected(inventory, host) as (target, settings):
        word, holder = find(target, settings.project_name)
        if word == "free":
            click.echo(f"{host} is not locked")
            return
        if word == "live" and holder.kind == "run" and not (force or holder.ended_here):
            raise click.ClickException(f"{host}: {refusal(host, holder, NextCommand(inventory))}")
        remove(target, settings.project_name, holder.identity)
    click.echo(f"removed the lock of {host}: {holder}")
