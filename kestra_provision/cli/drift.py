"""kestra-provision drift"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kestra_provision.cli.arguments import INVENTORY


@click.command()
@click.argument("inventory", default=INVENTORY, type=click.Path())
@click.option("--limit", multiple=True, help="Only these hosts or groups; * stands for anything.")
@click.option("--json", "as_json", is_flag=True, help="For programs; docs/drift.md has the schema.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Writes a report as well."
)
def drift(inventory: str, limit: tuple[str, ...], as_json: bool, html: Path | None) -> None:
    """Says what on the hosts of INVENTORY is no longer as declared; changes nothing.

    Exit code 0: no drift. 2: drift. 1: at least one host could not be told.

    \b
    Example:
      kestra-provision drift inventory
      kestra-provision drift inventory --limit vps1 --json
      kestra-provision drift inventory --html drift.html
    """
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
