"""kestra-provision files"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kestra_provision.cli import arguments, asking, by_hand

if TYPE_CHECKING:
    from kestra_provision.sync.item import Item


def _wrong(item: Item) -> str:
    from kestra_provision.flows.files import unfit

    return unfit(item.name)


_file = click.argument(
    "item",
    metavar="NAMESPACE/PATH",
    callback=asking.named("NAMESPACE/PATH", "company.team/scripts/report.py", _wrong),
)


@click.group()
def files() -> None:
    """Looks at files of a namespace, and puts or deletes one by hand.

    What `flows/` has is written by a deploy: kestra-provision flows --help

    \b
    Example:
      kestra-provision files list
      kestra-provision files put company.team/scripts/report.py report.py
    """


@files.command("list")
@arguments.one_host
@by_hand.namespace
@arguments.as_json
def list_(host: str, inventory: str, namespace: str, as_json: bool) -> None:
    """Lists files with their sizes.

    Of the namespaces that have flows or keys, or that your repository has; name any other one.

    \b
    Example:
      kestra-provision files list
      kestra-provision files list vps1 --namespace company.team --json
    """
    with by_hand.looking(inventory, host) as (kestra, known):
        from kestra_provision.kestra import store

        found = store.stored(kestra, namespace, known)
    if as_json:
        told = {"exit_code": 0, "host": host}
        asking.tell(told | {"files": [each.as_json() for each in found]})
        return
    rows = ([each.namespace, each.path, str(each.bytes)] for each in found)
    by_hand.show_table(["namespace", "path", "bytes"], rows, "no file")


@files.command()
@_file
@arguments.one_host
@click.option(
    "--output",
    type=arguments.NewFile("without --output it goes to stdout"),
    metavar="FILE",
    help="Write it there.",
)
def get(item: Item, host: str, inventory: str, output: Path | None) -> None:
    """Prints a file byte for byte, or writes it to FILE.

    \b
    Example:
      kestra-provision files get company.team/scripts/report.py
      kestra-provision files get company.team/logo.png vps1 --output logo.png
    """
    with asking.kestra_of(inventory, host) as kestra:
        from kestra_provision.kestra import store

        content = store.content(kestra, item)
    if output is None:
        click.echo(content, nl=False)
    else:
        output.write_bytes(content)


@files.command()
@_file
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@arguments.one_host
def put(item: Item, file: str, host: str, inventory: str) -> None:
    """Puts FILE there, - what comes on stdin; the same bytes are not uploaded again.

    \b
    Example:
      kestra-provision files put company.team/scripts/report.py report.py
      pg_dump app | kestra-provision files put company.team/app.sql - vps1
    """
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    with asking.kestra_on(inventory, host, f"files put {item}") as (kestra, there):
        from kestra_provision.kestra import store
        from kestra_provision.kestra.files import InTheWayError
        from kestra_provision.run.state import of

        try:
            by_hand.say(item, store.put_file(kestra, item, content), "uploaded")
        except InTheWayError as error:
            raise click.ClickException(f"{host}: {error}") from error
        ours = of(there).flows.files.get(item)
        if ours and ours.read_bytes() != content:
            by_hand.say_conflict(item, ours, inventory, host)


@files.command()
@_file
@arguments.one_host
def delete(item: Item, host: str, inventory: str) -> None:
    """Deletes a file, and never a folder.

    \b
    Example:
      kestra-provision files delete company.team/scripts/report.py
    """
    with asking.kestra_on(inventory, host, f"files delete {item}") as (kestra, there):
        from kestra_provision.kestra import store
        from kestra_provision.run.state import of

        store.delete_file(kestra, item)
        by_hand.say(item, True, "deleted")
        by_hand.say_comes_back(of(there).flows.files.get(item))
