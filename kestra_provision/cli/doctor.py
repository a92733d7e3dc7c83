"""kestra-provision doctor"""

from __future__ import annotations

import json
import sys

import click

from kestra_provision.cli import arguments


@click.command()
@arguments.hosts
@arguments.as_json
@arguments.loudness
def doctor(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Says what troubles your hosts: symptom, cause and fix.

    Looks at HOST, or at all hosts, and changes nothing. Works as well where Docker is down or
    nothing was deployed yet. Marks: ✓ fine, ✗ found, and a dash where nothing was asked, because
    an earlier finding says why.

    Exit code 0: nothing found. 2: findings. 1: at least one host could not be checked.

    \b
    Example:
      kestra-provision doctor vps1
      kestra-provision doctor --limit 'web*' --json
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.doctor.run import diagnose
    from kestra_provision.doctor.text import render

    diagnosis = diagnose(inventory, host, limit)
    click.echo(json.dumps(diagnosis.as_json(), indent=2) if as_json else render(diagnosis))
    sys.exit(diagnosis.exit_code)
