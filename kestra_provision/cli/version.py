"""kestra-provision version"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version as installed

import click

from kestra_provision import __version__
from kestra_provision.cli import arguments, several

#: Of the JSON; it grows when a field is removed or changes its meaning.
VERSION = 1


@click.command()
@arguments.hosts
@arguments.as_json
@arguments.loudness
def version(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Shows which versions run on your hosts.

    Docker, and each service with its image, of HOST or of all hosts; beside it where another one is
    declared. `kestra-provision --version` is of this program alone, and connects to nobody.

    Exit code 0: all hosts told. 1: one was not reached.

    \b
    Example:
      kestra-provision version
      kestra-provision version vps1 --json
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.status.versions import HostVersions, render, versions_of

    hosts = several.on_hosts(inventory, host, limit, versions_of, HostVersions)
    if as_json:
        told = {
            "version": VERSION,
            "kestra_provision": __version__,
            "pyinfra": installed("pyinfra"),
            "hosts": [each.as_json() for each in hosts],
        }
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(f"kestra-provision {__version__}, pyinfra {installed('pyinfra')}\n")
        click.echo(render(hosts))
    sys.exit(1 if any(each.reason for each in hosts) else 0)
