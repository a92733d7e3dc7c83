"""What several commands take: HOST, --inventory and --limit, completed without connecting."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from kestra_provision.text.next_command import INVENTORY

inventory = click.option(
    "--inventory",
    default=INVENTORY,
    show_default=True,
    help="Your hosts: a file or folder.",
    type=click.Path(),
)
limit = click.option(
    "--limit",
    multiple=True,
    metavar="NAME",
    help="Only these hosts or groups, several times if need be; * stands for anything.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


def names_in(inventory: str) -> list[str]:
    """The hosts of an inventory; none when it cannot be read. Nothing of it is printed."""
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        contextlib.suppress(Exception),
    ):
        from kestra_provision.run.hosts import read_inventory

        return [host.name for host in read_inventory(inventory)]
    return []


def _complete(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """For the shell; what is printed here would land in the line that is being typed."""
    names = names_in(ctx.params.get("inventory") or INVENTORY)
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


host = click.argument("host", shell_complete=_complete)
_optional_host = click.argument("host", required=False, shell_complete=_complete)


def hosts(command: Callable[..., Any]) -> Callable[..., Any]:
    """[HOST], --inventory and --limit: one host by its exact name, some, or all of them."""

    @wraps(command)
    def checked(host: str | None, limit: tuple[str, ...], **given: Any) -> Any:
        if host and limit:
            raise click.UsageError("HOST and --limit say the same; give one of them")
        return command(host=host, limit=limit, **given)

    wrapped: Callable[..., Any] = checked
    for decorate in (limit, inventory, _optional_host):
        wrapped = decorate(wrapped)
    return wrapped
