"""kestra-provision drift"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kestra_provision.cli import arguments
from kestra_provision.text.next_command import INVENTORY


@click.command()
@click.argument("inventory", default=INVENTORY, type=click.Path())
@arguments.limit
@arguments.as_json
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report for the browser as well.",
)
def drift(inventory: str, limit: tuple[str, ...], as_json: bool, html: Path | None) -> None:
    """Says what on your hosts is no longer as declared.

    Looks at all hosts of INVENTORY, a file or folder, `inventory` by default, and changes nothing.
    For one host: --limit HOST.

    Exit code 0: no drift. 2: drift. 1: at least one host could not be checked.

    \b
    Example:
      kestra-provision drift
      kestra-provision drift --limit vps1 --json
      kestra-provision drift inventory --html drift.html
    """
    if not Path(inventory).exists() and inventory in arguments.names_in(INVENTORY):
        raise click.ClickException(
            f"{inventory} is a host, and drift takes an inventory; for that host alone: "
            f"kestra-provision drift --limit {inventory}"
        )
    if html and not html.parent.is_dir():
        raise click.ClickException(f"--html {html}: there is no folder {html.parent}")
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.drift.run import check
    from kestra_provision.drift.text import render

    report = check(inventory, limit)
    if html:
        from kestra_provision.drift.html import render_html

        html.write_text(render_html(report), encoding="utf-8")
        click.echo(f"written: {html}", err=True)
    click.echo(json.dumps(report.as_json(), indent=2) if as_json else render(report))
    sys.exit(report.exit_code)
