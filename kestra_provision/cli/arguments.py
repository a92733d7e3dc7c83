"""What several commands take: HOST and --inventory, completed without connecting to anything."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click
from click.shell_completion import CompletionItem

INVENTORY = "inventory"

inventory = click.option(
    "--inventory",
    default=INVENTORY,
    show_default=True,
    help="File or folder.",
    type=click.Path(),
)


def host_names(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The hosts of the inventory for the shell; none when it cannot be read.

    Nothing may be printed here: it would land in the line that is being typed.
    """
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        contextlib.suppress(Exception),
    ):
        from kestra_provision.connection import read_inventory

        hosts = read_inventory(ctx.params.get("inventory") or INVENTORY)
        return [CompletionItem(h.name) for h in hosts if h.name.startswith(incomplete)]
    return []


host = click.argument("host", shell_complete=host_names)
optional_host = click.argument("host", required=False, shell_complete=host_names)
