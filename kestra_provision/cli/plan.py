"""kestra-provision plan"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kestra_provision.cli import arguments


@click.command()
@arguments.hosts
@arguments.as_json
@arguments.loudness
@click.option(
    "--out",
    type=arguments.NewFile(),
    metavar="FILE",
    help="Keep the plan for `deploy --plan FILE`.",
)
def plan(
    host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool, out: Path | None
) -> None:
    """Says what a deploy would do to your hosts.

    Of HOST, or of all hosts: which operations, the lines of each file, what restarts and what is
    waited for. Changes nothing, and shows no secret.

    Exit code 0: nothing to change. 2: changes. 1: the deploy would fail
    on at least one host or refuse it, or it was not reached.

    \b
    Example:
      kestra-provision plan
      kestra-provision plan vps1 --out vps1.plan
      kestra-provision plan --limit 'web*' --json
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.plan import saved
    from kestra_provision.plan.run import plan as planned
    from kestra_provision.plan.text import render

    made = planned(inventory, host, limit)
    click.echo(json.dumps(made.as_json(), indent=2) if as_json else render(made))
    if out:
        saved.save(made, out)
        click.echo(f"written: {out}", err=True)
    sys.exit(made.exit_code)
