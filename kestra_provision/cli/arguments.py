"""What several commands take: HOST, --inventory, --limit, -v, -q; completed unconnected."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from kestra_provision.cli.quiet import quietly
from kestra_provision.text.next_command import INVENTORY
from kestra_provision.text.verbosity import VERBOSITY

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


class NewFile(click.Path):
    """A file to write, in a folder that is there; `-` would become one of that name.

    + instead: what prints it
    """

    def __init__(self, instead: str = "--json prints it instead") -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self._instead = instead

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """The path; refuses with the way out."""
        if str(value) == "-":
            self.fail(f"'-' is no file; {self._instead}", param, ctx)
        file = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not file.parent.is_dir():
            self.fail(f"{file}: there is no folder {file.parent}", param, ctx)
        return file


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


_host = click.argument("host", required=False, shell_complete=_complete)
reason = click.option("--reason", default="", help="Why, for the audit and for the lock.")
_verbose = click.option(
    "-v",
    "--verbose",
    count=True,
    help="Say more, as pyinfra does; -vv: with input, -vvv: with output.",
)
_quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing unless it fails.")
yes = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def loudness(command: Callable[..., Any]) -> Callable[..., Any]:
    """-v and -q."""

    @wraps(command)
    def told(verbose: int, quiet: bool, **given: Any) -> Any:
        if verbose and quiet:
            raise click.UsageError("-v and -q say opposite things; give one of them")
        click.get_current_context().meta[VERBOSITY] = verbose
        if quiet:
            quietly()
        return command(**given)

    wrapped: Callable[..., Any] = told
    for decorate in (_quiet, _verbose):
        wrapped = decorate(wrapped)
    return wrapped


def one_host(command: Callable[..., Any]) -> Callable[..., Any]:
    """[HOST] and --inventory: one host by its exact name, or the only one that there is."""

    @wraps(command)
    def resolved(host: str | None, inventory: str, **given: Any) -> Any:
        return command(host=one_of(host, inventory), inventory=inventory, **given)

    wrapped: Callable[..., Any] = resolved
    for decorate in (inventory, _host):
        wrapped = decorate(wrapped)
    return wrapped


def one_of(host: str | None, inventory: str) -> str:
    """The named host, or the only one that there is.

    Raises `click.UsageError` where there is none, or more than one to choose from.
    """
    if host:
        return host
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.run.hosts import read_inventory

    names = [host.name for host in read_inventory(inventory)]
    if len(names) != 1:
        raise click.UsageError(f"name a HOST; {inventory} has: {', '.join(names) or 'no host'}")
    return names[0]


def host_or_inventory(command: Callable[..., Any]) -> Callable[..., Any]:
    """[HOST] and --inventory, where a file or folder is the inventory."""

    @wraps(command)
    def told(host: str | None, inventory: str, limit: tuple[str, ...], **given: Any) -> Any:
        place = host if host is not None and _is_inventory(host) else None
        host, inventory = (host, inventory) if place is None else (None, place)
        _either(host, limit)
        return command(host=host, inventory=inventory, limit=limit, **given)

    wrapped: Callable[..., Any] = told
    for decorate in (inventory, _host):
        wrapped = decorate(wrapped)
    return wrapped


def hosts(command: Callable[..., Any]) -> Callable[..., Any]:
    """[HOST], --inventory and --limit: one host by its exact name, some, or all of them."""

    @wraps(command)
    def checked(host: str | None, limit: tuple[str, ...], **given: Any) -> Any:
        _either(host, limit)
        return command(host=host, limit=limit, **given)

    wrapped: Callable[..., Any] = checked
    for decorate in (limit, inventory, _host):
        wrapped = decorate(wrapped)
    return wrapped


def _is_inventory(word: str) -> bool:
    """A file, a folder, or a connector of pyinfra's; an empty word is no host's name either."""
    return Path(word).exists() or word.startswith("@")


def _either(host: str | None, limit: tuple[str, ...]) -> None:
    if host and limit:
        raise click.UsageError("HOST and --limit say the same; give one of them")
