"""kestra-provision settings"""

from __future__ import annotations

from pathlib import Path

import click

from kestra_provision.profiles import SETTINGS
from kestra_provision.settings.examples import env_example, group_data
from kestra_provision.settings.reference import markdown


@click.command()
@click.option(
    "--write",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files made of it into this checkout: for developers.",
)
def settings(write: Path | None) -> None:
    """Prints every setting with its default and meaning.

    \b
    Example:
      kestra-provision settings | less
    """
    if write is None:
        click.echo(markdown(SETTINGS), nl=False)
        return
    if not (write / "docs").is_dir():
        raise click.ClickException(f"{write} is no checkout of kestra-provision: it has no docs/")
    (write / "docs" / "settings.md").write_text(markdown(SETTINGS), encoding="utf-8")
    (write / "group_data" / "all.py").write_text(group_data(SETTINGS), encoding="utf-8")
    (write / ".env.example").write_text(env_example(SETTINGS), encoding="utf-8")
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.run import patches_page

    (write / "docs" / "pyinfra.md").write_text(patches_page.markdown(), encoding="utf-8")
