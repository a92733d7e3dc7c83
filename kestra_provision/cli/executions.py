"""kestra-provision executions: which there are, on one host or several"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kestra_provision.cli import arguments, asking, execution, several
from kestra_provision.kestra.execution import STATES

if TYPE_CHECKING:
    from datetime import datetime

    from pyinfra.api.host import Host

    from kestra_provision.kestra.history import Wanted
    from kestra_provision.status.executions import HostExecutions
    from kestra_provision.sync.item import Item


@click.group()
def executions() -> None:
    """Looks at executions, and ends or repeats one.

    Started by a schedule, a webhook, the UI or `kestra-provision run`.

    \b
    Example:
      kestra-provision executions list --state FAILED --since 24h
      kestra-provision executions logs 2GboDY7NEfH1yfPJ0VFvpv
    """


for _command in (execution.logs, execution.follow, execution.replay, execution.kill):
    executions.add_command(_command)


def _moment(ctx: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    from kestra_provision.text.moment import moment_of

    try:
        return None if value is None else moment_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from error


_FILTERS = (
    click.option(
        "--flow", callback=asking.flow_name, metavar="NAMESPACE/FLOW", help="Of this flow."
    ),
    click.option("--namespace", default="", help="Of this namespace and those below it."),
    click.option(
        "--state",
        "states",
        multiple=True,
        type=click.Choice(STATES, case_sensitive=False),
        metavar="STATE",
        help="In this state, several times if need be; such as FAILED, RUNNING.",
    ),
    click.option(
        "--since",
        callback=_moment,
        metavar="TIME",
        help="Started no earlier than 24h or 1h30m ago, or than 2026-01-31T12:00:00Z.",
    ),
    click.option("--until", callback=_moment, metavar="TIME", help="Started no later than that."),
)


def _filters(command: Any) -> Any:
    for decorate in reversed(_FILTERS):
        command = decorate(command)
    return command


@executions.command("list")
@arguments.hosts
@_filters
@click.option(
    "-n",
    "--number",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    help="The newest N of each host.",
)
@arguments.as_json
@arguments.loudness
def list_(
    host: str | None,
    inventory: str,
    limit: tuple[str, ...],
    number: int,
    as_json: bool,
    **wanted: Any,
) -> None:
    """Lists executions of your hosts, the newest first.

    Exit code 0: all hosts told. 1: one was not reached, or does not tell.

    \b
    Example:
      kestra-provision executions list
      kestra-provision executions list vps1 --flow company.team/hello --state FAILED --json
    """
    hosts = _of_hosts(inventory, host, limit, _wanted(**wanted), number)
    from kestra_provision.status.executions import render

    code = 1 if any(each.reason for each in hosts) else 0
    several.tell(code, hosts, as_json, asking.VERSION, render)


@executions.command()
@arguments.hosts
@_filters
@click.option(
    "--format",
    "form",
    type=click.Choice(("csv", "json")),
    default="csv",
    show_default=True,
    help="One line an execution, or what --json of list prints.",
)
@click.option("--output", type=arguments.NewFile(), metavar="FILE", help="Write it there.")
def export(
    host: str | None,
    inventory: str,
    limit: tuple[str, ...],
    form: str,
    output: Path | None,
    **wanted: Any,
) -> None:
    """Exports all executions that fit, without their inputs and outputs.

    Exit code 0: all hosts told. 1: one was not reached, or does not tell.

    \b
    Example:
      kestra-provision executions export --since 720h --output january.csv
      kestra-provision executions export vps1 --state FAILED --format json
    """
    hosts = _of_hosts(inventory, host, limit, _wanted(**wanted), None)
    code = 1 if any(each.reason for each in hosts) else 0
    if form == "json":
        told = {"version": asking.VERSION, "exit_code": code}
        text = json.dumps({**told, "hosts": [each.as_json() for each in hosts]}, indent=2) + "\n"
    else:
        text = _csv(hosts)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="")
    for each in hosts:
        if each.reason:
            click.echo(f"{each.name}: {each.reason}", err=True)
    sys.exit(code)


def _csv(hosts: Iterable[HostExecutions]) -> str:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["host", *_COLUMNS])
    for host in hosts:
        for each in host.executions:
            told = each.as_json()
            rows.writerow([host.name, *(told[column] for column in _COLUMNS)])
    return written.getvalue()


_COLUMNS = ("id", "namespace", "flow", "revision", "state", "started", "ended", "seconds")


def _wanted(
    flow: Item | None,
    namespace: str,
    states: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
) -> Wanted:
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.kestra.history import Wanted

    if flow and namespace:
        raise click.UsageError("--flow has a namespace already; give one of --flow and --namespace")
    if since and until and since > until:
        raise click.UsageError("--since is later than --until: nothing starts between them")
    return Wanted(flow, namespace, states, since, until)


def _of_hosts(
    inventory: str, host: str | None, limit: tuple[str, ...], wanted: Wanted, number: int | None
) -> list[HostExecutions]:
    from kestra_provision.status.executions import HostExecutions, executions_of

    def look(each: Host) -> HostExecutions:
        return executions_of(each, wanted, number)

    return several.on_hosts(inventory, host, limit, look, HostExecutions)
