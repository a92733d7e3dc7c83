"""kestra-provision credentials"""

from __future__ import annotations

import sys

import click

from kestra_provision.cli import arguments
from kestra_provision.settings import passwords


@click.command()
@arguments.one_host
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
    from kestra_provision.run.hosts import connected
    from kestra_provision.secrets.env import env_path, read_env
    from kestra_provision.settings.env_file import EnvFileError
    from kestra_provision.status.address import needs_tunnel, url
    from kestra_provision.text.next_command import NextCommand

    commands = NextCommand(inventory)
    with connected(inventory, host) as (target, settings):
        try:
            env = read_env(target, settings.root_dir)
        except EnvFileError as error:
            raise click.ClickException(str(error)) from error
        if not env.access:
            first = commands.deploy("--limit", host)
            raise click.ClickException(
                f"no {env_path(settings.root_dir)} on {host}; first: {first}"
            )
        tunnel = (
            f"   through {commands.day_two('open', host)}" if needs_tunnel(target, settings) else ""
        )
        click.echo(f"URL       {url(target, settings)}{tunnel}")
        click.echo(f"user      {env.file.values.get('KESTRA_BASICAUTH_USERNAME', '')}")
        for name in dict.fromkeys((passwords.BASIC_AUTH, *passwords.NAMES)):
            if name in env.wanted:
                title, value = passwords.SECRETS[name].title, env.secrets.get(name, "(missing)")
                click.echo(f"{title:<9} {value}   {name}")
