"""kestra-provision drift"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kestra_provision.cli import arguments


@click.command()
@arguments.host_or_inventory
@arguments.limit
@arguments.as_json
@arguments.loudness
@click.option(
    "--html",
    type=arguments.NewFile(),
    metavar="FILE",
    help="Write a report for the browser as well.",
)
def drift(
    host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool, html: Path | None
) -> None:
    """Says what on your hosts is no longer as declared.

    Looks at HOST, or at all hosts, and changes nothing. In the place of HOST may stand an
    inventory, a file or folder, as pyinfra takes it.

    Exit code 0: no drift. 2: drift. 1: at least one host could not be checked.

    \b
    Example:
      kestra-provision drift
      kestra-provision drift vps1 --json
      kestra-provision drift --limit 'web*' --html drift.html
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.drift.run import check
    from kestra_provision.drift.text import render

    report = check(inventory, host, limit)
    if html:
        from kestra_provision.drift.html import render_html

        html.write_text(render_html(report), encoding="utf-8")
        click.echo(f"written: {html}", err=True)
    click.echo(json.dumps(report.as_json(), indent=2) if as_json else render(report))
    sys.exit(report.exit_code)
