"""kestra-provision deploy"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kestra_provision.cli import runbook


@click.command()
@runbook.common
@runbook.drain_timeout
@click.option(
    "--plan",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Do what this plan says, or nothing; nobody is asked.",
)
def deploy(
    host: str | None,
    inventory: str,
    limit: tuple[str, ...],
    reason: str,
    yes: bool,
    drain_timeout: int,
    file: Path | None,
) -> None:
    """Brings your hosts to what is declared.

    HOST, or all hosts: says what it will do, asks, and does it in the stages of deploy.py. With
    --plan it refuses before the first change, on all hosts, when anything else would be done now.

    Exit code 0: all hosts are as declared. 1: one is not, or nothing was changed.

    \b
    Example:
      kestra-provision deploy
      kestra-provision deploy vps1 --plan vps1.plan
      kestra-provision deploy --limit 'web*' --yes
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.plan import saved
    from kestra_provision.plan.run import deploy as done

    held = saved.read(file, chosen=bool(host or limit)) if file else None
    given = runbook.told("deploy", {"reason": reason, "drain_timeout": drain_timeout})
    sys.exit(done(inventory, host, limit, told=given, yes=yes, saved=held))
