"""kestra-provision flows"""

from __future__ import annotations

import json
import sys

import click

from kestra_provision.cli import arguments


@click.group()
def flows() -> None:
    """Compares and syncs the flows, files and keys of your repository.

    A deploy writes them as its last stage; these look, or do that stage alone.

    \b
    Example:
      kestra-provision flows list
      kestra-provision flows diff vps1
    """


@flows.command("list")
@arguments.hosts
@arguments.as_json
@arguments.loudness
def list_(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Lists flows, files and keys: here, on the server, or both.

    Exit code 0: all as in the repository. 2: something differs. 1: a host was not reached.

    \b
    Example:
      kestra-provision flows list
      kestra-provision flows list vps1 --json
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.run.hosts import connected_hosts, on_each
    from kestra_provision.status.flows import SAME, VERSION, HostFlows, flows_of, render

    with connected_hosts(inventory, host, limit) as (state, reached, unreachable):
        seen = on_each(state, reached, flows_of)
        seen |= {name: HostFlows(name, reason=reason) for name, reason in unreachable.items()}
        hosts = [seen[each.name] for each in state.inventory if each.name in seen]
    differs = any(item.state != SAME for each in hosts for item in each.items)
    code = 1 if any(each.reason for each in hosts) else 2 if differs else 0
    if as_json:
        told = {"version": VERSION, "exit_code": code, "hosts": [each.as_json() for each in hosts]}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(render(hosts))
    sys.exit(code)
