"""What commands that look at several hosts have in common: they ask, and tell with an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from pyinfra.api.host import Host


def on_hosts(
    inventory: str,
    name: str | None,
    limit: tuple[str, ...],
    look: Callable[[Host], Any],
    of: Callable[..., Any],
) -> list[Any]:
    """What `look` says of each host in their order; `of` makes it of one that is not reached."""
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.run.hosts import connected_hosts, on_each

    with connected_hosts(inventory, name, limit) as (state, reached, unreachable):
        seen = on_each(state, reached, look)
        seen |= {name: of(name, reason=reason) for name, reason in unreachable.items()}
        return [seen[each.name] for each in state.inventory if each.name in seen]


def tell(
    code: int, hosts: Sequence[Any], as_json: bool, version: int, render: Callable[..., str]
) -> NoReturn:
    """Prints them for people or for programs, and ends with this code."""
    if as_json:
        told = {"version": version, "exit_code": code, "hosts": [each.as_json() for each in hosts]}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(render(hosts))
    sys.exit(code)
