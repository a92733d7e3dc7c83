"""kestra-provision status"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime

import click

from kestra_provision.cli import arguments, several


@click.command()
@arguments.hosts
@arguments.as_json
@arguments.loudness
def status(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Shows containers, health, use and URL of your hosts.

    Of HOST, or of all hosts; changes nothing.

    Exit code 0: all hosts are healthy. 1: one is not, or was not reached.

    \b
    Example:
      kestra-provision status
      kestra-provision status vps1 --json
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.status.judge import UNREACHABLE, VERSION, HostStatus
    from kestra_provision.status.look import status_of
    from kestra_provision.status.text import render
    from kestra_provision.text.next_command import NextCommand

    def unreachable(name: str, reason: str) -> HostStatus:
        return HostStatus(name, UNREACHABLE, (reason,))

    hosts = several.on_hosts(inventory, host, limit, status_of, unreachable)
    unwell = [each.name for each in hosts if each.overall != "healthy"]
    if as_json:
        told = {
            "version": VERSION,
            "exit_code": 1 if unwell else 0,
            "hosts": [each.as_json() for each in hosts],
        }
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(render(hosts, datetime.now(UTC), shutil.get_terminal_size((0, 0)).columns))
    if unwell and not as_json:
        helps = NextCommand(inventory).day_two("doctor", *unwell[:1] if len(unwell) == 1 else ())
        click.echo(f"\nWhat helps: {helps}")
    sys.exit(1 if unwell else 0)
