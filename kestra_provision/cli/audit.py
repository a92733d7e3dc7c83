"""kestra-provision audit"""

from __future__ import annotations

import click

from kestra_provision.cli import arguments

#: Of the JSON; it grows when a field is removed or changes its meaning.
VERSION = 1


@click.command()
@arguments.one_host
@click.option(
    "--tail", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="The last N."
)
@arguments.as_json
def audit(host: str, inventory: str, tail: int, as_json: bool) -> None:
    """Shows what runbooks did to HOST: when, who, why, the result.

    \b
    Example:
      kestra-provision audit vps1
      kestra-provision audit vps1 --tail 100 --json
    """
    import json

    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.commands import audit as records
    from kestra_provision.remote.shell import run_quietly
    from kestra_provision.run.hosts import connected
    from kestra_provision.stack.layout import Layout
    from kestra_provision.text.next_command import NextCommand

    with connected(inventory, host) as (target, settings):
        path = Layout(settings.root_dir).audit
        result = run_quietly(target, records.read(path, tail))
        if not result.ok:
            raise click.ClickException(f"{host}: {path}: {result.stderr.strip()}")
    found = records.parse(result.stdout.splitlines())
    if as_json:
        told = {"version": VERSION, "host": host, "records": found}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif found:
        click.echo(records.render(found))
    else:
        write = NextCommand(inventory).day_two("restart", host)
        click.echo(f"no record on {host} so far; runbooks write one: {write}")
