"""The command line beside pyinfra: kestra-provision COMMAND --help."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import click

from kestra_provision import __version__, passwords
from kestra_provision.settings.reference import group_data, markdown


class _Suggesting(click.Group):
    """Names the nearest command for an unknown one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from error


@click.group(cls=_Suggesting, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Day-to-day commands for hosts that `pyinfra inventory deploy.py` provisioned.

    \b
    Example:
      kestra-provision credentials vps1
    """


@main.command()
@click.argument("host")
@click.option("--inventory", default="inventory", show_default=True, help="File or folder.")
@click.option("--force", is_flag=True, help="Write to a pipe or file as well.")
def credentials(host: str, inventory: str, force: bool) -> None:
    """Shows user, passwords and key of HOST, on a terminal only.

    \b
    Example:
      kestra-provision credentials vps1
    """
    if not (sys.stdout.isatty() or force):
        raise click.ClickException(
            "the output is no terminal, and secrets would end up in a file or another program; "
            "--force does it all the same"
        )
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.connection import connected
    from kestra_provision.env_file import EnvFileError
    from kestra_provision.host_env import env_path, read_env

    with connected(inventory, host) as (target, settings):
        try:
            env = read_env(target, settings.root_dir)
        except EnvFileError as error:
            raise click.ClickException(str(error)) from error
        if not env.access:
            raise click.ClickException(
                f"no {env_path(settings.root_dir)} on {host}; first: pyinfra {inventory} deploy.py"
            )
        click.echo(f"URL       {settings.url}")
        click.echo(f"user      {env.file.values.get('KESTRA_BASICAUTH_USERNAME', '')}")
        for title, name in (
            ("password", passwords.BASIC_AUTH),
            ("database", passwords.DB),
            ("key", passwords.ENCRYPTION),
        ):
            click.echo(f"{title:<9} {env.secrets.get(name, '(missing)')}   {name}")


@main.command()
@click.option(
    "--write", type=click.Path(path_type=Path, file_okay=False), help="Folder of a checkout."
)
def settings(write: Path | None) -> None:
    """Prints every setting with its default and meaning.

    \b
    Example:
      kestra-provision settings | less
    """
    if write is None:
        click.echo(markdown(), nl=False)
        return
    (write / "docs" / "settings.md").write_text(markdown(), encoding="utf-8")
    (write / "group_data" / "all.py").write_text(group_data(), encoding="utf-8")
