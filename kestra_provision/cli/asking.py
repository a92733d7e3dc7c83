"""What run and executions have in common: a host, its Kestra, an execution, and the way it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kestra_provision.text.next_command import NextCommand
from kestra_provision.text.words import printable

if TYPE_CHECKING:
    from pyinfra.api.host import Host

    from kestra_provision.kestra.client import Kestra
    from kestra_provision.kestra.executing import LogLine
    from kestra_provision.kestra.execution import Execution
    from kestra_provision.sync.item import Item

#: Of the JSON; it grows when a field is removed or changes its meaning.
VERSION = 1

level = click.option(
    "--level",
    type=click.Choice(("TRACE", "DEBUG", "INFO", "WARN", "ERROR"), case_sensitive=False),
    default="INFO",
    show_default=True,
    help="Lines of the log with this level or above.",
)
timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Follow no longer than that; it runs on.",
)


def named(what: str, example: str, wrong: Callable[[Item], str]) -> Callable[..., Item | None]:
    """A callback for what a namespace has, which refuses before anything is connected to.

    + what: in the help, as NAMESPACE/FLOW
    + wrong: why there can be none of that name; empty where there can
    """

    def told(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Item | None:
        from kestra_provision.flows.tree import fits
        from kestra_provision.sync.item import Item

        if value is None:
            return None
        namespace, _, name = value.partition("/")
        item = Item(namespace, name)
        fine = bool(name) and fits(item)
        why = wrong(item) if fine else ""
        if why or not fine:
            said = f"{value!r} is no {what}, such as {example}{f'; {why}' if why else ''}"
            raise click.BadParameter(said, ctx, parameter)
        return item

    return told


flow_name = named(
    "NAMESPACE/FLOW",
    "company.team/hello",
    lambda item: "a flow's id has no slash" if "/" in item.name else "",
)


@contextmanager
def kestra_of(inventory: str, host: str) -> Iterator[Kestra]:
    """A client of the host's Kestra, as `kestra_on` has it."""
    with kestra_on(inventory, host) as (kestra, _):
        yield kestra


@contextmanager
def kestra_on(inventory: str, host: str, why: str = "") -> Iterator[tuple[Kestra, Host]]:
    """A client of the host's Kestra; what it says against a request ends the command, in words.

    + why: what is about to change, which takes the host's lock; a look needs none

    Raises `click.ClickException`.
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    import httpx

    from kestra_provision.kestra import access, client
    from kestra_provision.kestra.executing import UnknownError
    from kestra_provision.kestra.inputs import InputError
    from kestra_provision.kestra.synced import words
    from kestra_provision.run.hosts import connected
    from kestra_provision.run.state import stack_here

    helps = NextCommand(inventory).day_two("doctor", host)
    with connected(inventory, host) as (there, settings), _locked(there, why):
        found = access.look(there, settings, stack_here(there))
        if not found.lives:
            raise click.ClickException(f"{host}: Kestra does not run; what helps: {helps}")
        with client.connected(there, settings, found) as kestra:
            try:
                yield kestra, there
            except UnknownError as error:
                raise click.ClickException(f"{host}: there is no {error}") from error
            except InputError as error:
                raise click.ClickException(str(error)) from error
            except httpx.HTTPError as error:
                said = f"{host}: {printable(words(error)).strip()}"
                raise click.ClickException(
                    said if _refused(error) else f"{said}; what helps: {helps}"
                ) from error
            except (ValueError, KeyError, TypeError) as error:
                said = f"{host}: its answer is none of Kestra's; what helps: {helps}"
                raise click.ClickException(said) from error


@contextmanager
def _locked(host: Host, why: str) -> Iterator[None]:
    """No deploy changes the same meanwhile; with no reason it is a look, which needs no lock."""
    from kestra_provision.operations import lock
    from kestra_provision.run.lock import release
    from kestra_provision.run.state import settings_of

    if why and (problem := lock.take(host, settings_of(host).project_name, why)):
        raise click.ClickException(f"{host.name}: {problem}")
    try:
        yield
    finally:
        release(host)


def _refused(error: Exception) -> bool:
    """Kestra says what is wrong with the request itself."""
    import httpx

    wrong = (httpx.codes.BAD_REQUEST, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY)
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code in wrong


def code_of(execution: Execution) -> int:
    """0: it succeeded. 2: it ended without failure, and not all of it was done. 1: all else."""
    from kestra_provision.kestra.execution import IN_PART

    return 0 if execution.state == "SUCCESS" else 2 if execution.state in IN_PART else 1


def show(line: LogLine) -> None:
    """One line of an execution's log."""
    from kestra_provision.kestra.execution import shown

    task = f"{line.task}: " if line.task else ""
    click.echo(f"{shown(line.time)} {line.level:<5} {task}{printable(line.message)}")


def tell_started(started: Execution, inventory: str, host: str, as_json: bool) -> None:
    """That it has begun, and the command that follows it."""
    if as_json:
        tell({"exit_code": 0, "host": host, "execution": started.as_json()})
        return
    click.echo(f"{started.name}: {started.state}")
    again = NextCommand(inventory).day_two("executions", "follow", started.id, host)
    click.echo(f"\nHow it goes on: {again}", err=True)


def tell(told: dict[str, Any]) -> None:
    """For programs."""
    click.echo(json.dumps({"version": VERSION, **told}, indent=2))
