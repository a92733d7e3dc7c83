"""What kv and files have in common: a change by hand, beside what `flows/` has of the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kestra_provision.cli import asking
from kestra_provision.text.next_command import NextCommand

if TYPE_CHECKING:
    from pyinfra.api.host import Host

    from kestra_provision.flows.values import Value
    from kestra_provision.kestra.client import Kestra
    from kestra_provision.sync.item import Item


def _namespace(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuses what is none before anything is connected to."""
    from kestra_provision.flows.tree import fits
    from kestra_provision.sync.item import Item

    if value and not fits(Item(value, "any")):
        said = f"{value!r} is no namespace, such as company.team"
        raise click.BadParameter(said, ctx, parameter)
    return value


namespace = click.option(
    "--namespace", default="", callback=_namespace, help="Of this namespace and those below it."
)


@contextmanager
def looking(inventory: str, host: str) -> Iterator[tuple[Kestra, set[str]]]:
    """A client, and the namespaces that the repository has; as `asking.kestra_on`."""
    with asking.kestra_on(inventory, host) as (kestra, there):
        from kestra_provision.run.state import of

        tree = of(there).flows
        flows = (each.id for each in tree.flows)
        yield kestra, {item.namespace for item in (*flows, *tree.files, *tree.values)}


def refuse_secret(host: Host, item: Item, value: Value) -> None:
    """Raises `click.ClickException` for the value of a secret of flows, with the way out."""
    from kestra_provision.flows.exposed import exposed
    from kestra_provision.secrets.flow_secrets import known

    for problem in exposed({item: value}, known(host)):
        raise click.ClickException(f"{host.name}: {problem.what}; {problem.fix}")


def say(item: Item, done: bool, word: str) -> None:
    """That it was done, or was so already."""
    click.echo(f"{item}: {word if done else 'is so already'}")


def say_conflict(item: Item, file: Path | None, inventory: str, host: str) -> None:
    """That the next sync will find it changed by hand.

    + file: of the repository; None for what it does not have
    """
    if file:
        pull = NextCommand(inventory).day_two("flows", "pull", host, "--item", str(item))
        said = f"{file} has another one, a conflict for the next sync; {pull} brings this one there"
        click.echo(said, err=True)


def say_comes_back(file: Path | None) -> None:
    """That the next sync writes it again."""
    if file:
        click.echo(f"{file} has it: the next sync writes it again, unless you remove it", err=True)


def show_table(heading: list[str], rows: Iterable[list[str]], none: str) -> None:
    """Rows for people; `none` where there is none."""
    from kestra_provision.text.table import table

    found = [*rows]
    click.echo(table([heading, *found]) if found else none)
