"""kestra-provision flows"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from kestra_provision.cli import arguments, runbook, several
from kestra_provision.text.next_command import NextCommand

_item = click.option(
    "--item",
    "items",
    multiple=True,
    metavar="NAMESPACE/NAME",
    help="Only this flow, file or key; several times if need be.",
)


def _image(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuses before anything is connected to."""
    from kestra_provision.settings.rules import image
    from kestra_provision.settings.versions import ImageReference

    if value is not None and (problem := image(value)):
        raise click.BadParameter(f"{value!r} {problem}", ctx, parameter)
    if value is not None and ImageReference.parse(value).rolling:
        problem = "may be another image tomorrow: name a version, as kestra_image will"
        raise click.BadParameter(f"{value!r} {problem}", ctx, parameter)
    return value


@click.group()
def flows() -> None:
    """Syncs the flows, files and keys of your repository with the server.

    A deploy writes them as its last stage. These commands look, or do that stage alone.

    \b
    Example:
      kestra-provision flows diff vps1
      kestra-provision flows apply vps1
    """


@flows.command("list")
@arguments.hosts
@arguments.as_json
@arguments.loudness
def list_(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Lists flows, files and keys: here, on the server, or both.

    Exit code 0: all as in the repository. 2: something differs. 1: a host did not tell.

    \b
    Example:
      kestra-provision flows list
      kestra-provision flows list vps1 --json
    """
    from kestra_provision.status.flows import render

    _compared(inventory, host, limit, as_json, render)


@flows.command()
@arguments.hosts
@arguments.as_json
@arguments.loudness
def diff(host: str | None, inventory: str, limit: tuple[str, ...], as_json: bool) -> None:
    """Shows line by line what differs: - on the server, + in the repository.

    Exit code as of `flows list`.

    \b
    Example:
      kestra-provision flows diff vps1
    """
    from kestra_provision.status.flows import render_diff

    _compared(inventory, host, limit, as_json, render_diff)


@flows.command()
@arguments.hosts
@click.option(
    "--image",
    callback=_image,
    help="Ask a Kestra of this image, before an upgrade, in place of the one that runs.",
)
@arguments.as_json
@arguments.loudness
def validate(
    host: str | None, inventory: str, limit: tuple[str, ...], image: str | None, as_json: bool
) -> None:
    """Has the server validate all flows of the repository, and writes none.

    With --image a Kestra of that image starts beside the running one, which goes on, and is asked
    of all its flows as well; it is removed at the end.

    Exit code 0: all are valid. 2: some are not. 1: a server could not be asked.

    \b
    Example:
      kestra-provision flows validate vps1
      kestra-provision flows validate vps1 --image kestra/kestra:v1.3.39
    """
    # pyinfra_cli patches the standard library when it is imported: only where it is needed.
    from kestra_provision.status import flows as status
    from kestra_provision.status.flows import VERSION, HostValidity, render_validity

    look = partial(status.validity_with, image, _say) if image else status.validity_of
    hosts = several.on_hosts(inventory, host, limit, look, HostValidity)
    code = 1 if any(h.reason for h in hosts) else 2 if any(h.invalid for h in hosts) else 0
    several.tell(code, hosts, as_json, VERSION, render_validity)


@flows.command()
@runbook.common
@click.option(
    "--take",
    type=click.Choice(["mine", "theirs"]),
    help="Whose version of a conflict wins: the repository's, or the server's, pulled first; of "
    "all of them, or of each --item.",
)
@_item
@click.option("--prune", is_flag=True, help="Delete ours that the repository no longer has.")
@click.option("--delete", type=click.IntRange(1), help="How many, where it is more than a third.")
def apply(take: str | None, items: tuple[str, ...], **given: Any) -> None:
    """Writes flows, files and keys as the repository has them.

    The server validates all flows before anything is written. What somebody changed on the server
    since the last sync is left as it is, unless you say whose version wins.

    \b
    Example:
      kestra-provision flows apply vps1
      kestra-provision flows apply vps1 --take mine --item company.team/orders
    """
    if items and not take:
        raise click.UsageError("--item says whose conflict is decided: give --take as well")
    if take == "theirs":
        _pull(given["host"], given["inventory"], items)
    if take == "mine":
        given |= {"take": take, "item": " ".join(items)}
    runbook.run("flows", **given)


@flows.command()
@arguments.one_host
@_item
@click.option(
    "--all", "everything", is_flag=True, help="Flows that are on the server alone as well."
)
@arguments.loudness
def pull(host: str, inventory: str, items: tuple[str, ...], everything: bool) -> None:
    """Brings the server's versions into the repository.

    Of what somebody changed on the server since the last sync, or of the named items. What was
    changed here as well is kept, unless you name it.

    \b
    Example:
      kestra-provision flows pull vps1
      kestra-provision flows pull vps1 --all
    """
    _pull(host, inventory, items, everything)


@flows.command()
@runbook.common
@click.option("--delete", type=click.IntRange(1), help="How many, where it is more than a third.")
def prune(**given: Any) -> None:
    """Deletes what a sync put there and the repository no longer has.

    Nothing else is ever deleted. The rest is applied as well.

    \b
    Example:
      kestra-provision flows prune vps1
    """
    runbook.run("flows", prune=True, **given)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _compared(
    inventory: str,
    host: str | None,
    limit: tuple[str, ...],
    as_json: bool,
    render: Callable[..., str],
) -> None:
    from kestra_provision.status.flows import VERSION, HostFlows, flows_of

    hosts = several.on_hosts(inventory, host, limit, flows_of, HostFlows)
    code = 1 if any(h.reason for h in hosts) else 2 if any(h.differing for h in hosts) else 0
    several.tell(code, hosts, as_json, VERSION, render)


def _pull(
    name: str | None, inventory: str, items: tuple[str, ...], everything: bool = False
) -> None:
    from kestra_provision.flows.pull import PullError
    from kestra_provision.kestra.pulling import pulled
    from kestra_provision.run.hosts import connected

    with connected(inventory, arguments.one_of(name, inventory)) as (host, _):
        try:
            done = pulled(host, Path.cwd(), items, everything)
        except (PullError, OSError) as error:
            raise click.ClickException(f"{host.name}: {error}") from error
    if done.written or not done.kept:
        none = "nothing to pull: nobody changed anything on the server"
        click.echo("\n".join(done.written) or none)
    if done.kept:
        named = [word for item in done.kept for word in ("--item", str(item))]
        again = NextCommand(inventory).day_two("flows", "pull", host.name, *named)
        raise click.ClickException(
            f"{host.name}: changed here as well, and kept: {', '.join(map(str, done.kept))}; what "
            f"is here would be lost with: {again}"
        )
