"""kestra-provision kv"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kestra_provision.cli import arguments, asking, by_hand
from kestra_provision.flows.typed import TYPES

if TYPE_CHECKING:
    from kestra_provision.sync.item import Item


def _wrong(item: Item) -> str:
    from kestra_provision.flows.values import fits

    return "" if fits(item.name) else "a key has letters, digits, dots, - and _"


_key = click.argument(
    "item",
    metavar="NAMESPACE/KEY",
    callback=asking.named("NAMESPACE/KEY", "company.team/limit", _wrong),
)


@click.group()
def kv() -> None:
    """Looks at keys of a namespace's store, and sets or deletes one by hand.

    What `flows/` has is written by a deploy: kestra-provision flows --help

    \b
    Example:
      kestra-provision kv list
      kestra-provision kv set company.team/limit 42 --type number
    """


@kv.command("list")
@arguments.one_host
@by_hand.namespace
@arguments.as_json
def list_(host: str, inventory: str, namespace: str, as_json: bool) -> None:
    """Lists keys; `kv get` shows the value of one.

    \b
    Example:
      kestra-provision kv list
      kestra-provision kv list vps1 --namespace company.team --json
    """
    with by_hand.looking(inventory, host) as (kestra, known):
        from kestra_provision.kestra import store
        from kestra_provision.kestra.execution import shown

        found = store.keys(kestra, namespace, known)
    if as_json:
        told = {"exit_code": 0, "host": host}
        asking.tell(told | {"keys": [each.as_json() for each in found]})
        return
    rows = (
        [k.namespace, k.key, str(k.revision or ""), shown(k.updated), shown(k.expires)]
        for k in found
    )
    by_hand.show_table(["namespace", "key", "revision", "updated", "expires"], rows, "no key")


@kv.command()
@_key
@arguments.one_host
@arguments.as_json
def get(item: Item, host: str, inventory: str, as_json: bool) -> None:
    """Prints the value of a key, and nothing else.

    A text as it is, all else as JSON has it. A program gets no line break at its end.

    \b
    Example:
      kestra-provision kv get company.team/limit
      kestra-provision kv get company.team/limit vps1 --json
    """
    with asking.kestra_of(inventory, host) as kestra:
        from kestra_provision.kestra import store

        found = store.value(kestra, item)
    if as_json:
        told = {"exit_code": 0, "host": host, "namespace": item.namespace, "key": item.name}
        asking.tell(told | {"type": found["type"], "value": found["value"]})
    else:
        click.echo(_raw(found["value"]), nl=sys.stdout.isatty())


@kv.command("set")
@_key
@click.argument("value")
@arguments.one_host
@click.option(
    "--type", "kind", type=click.Choice(TYPES), default="text", show_default=True, help="Its type."
)
@click.option(
    "--ttl", default="", metavar="DURATION", help="It is gone after that, such as P7D or PT30M."
)
def set_(item: Item, value: str, host: str, inventory: str, kind: str, ttl: str) -> None:
    """Sets a key to VALUE; - takes it from stdin without one line break at its end.

    A negative number stands behind --. What has a secret's name is refused, as everybody who logs
    in reads the store: kestra-provision secrets --help

    \b
    Example:
      kestra-provision kv set company.team/colour blue
      kestra-provision kv set company.team/limit --type number -- -5 vps1
      kestra-provision kv set company.team/rates - --type json --ttl PT1H < rates.json
    """
    from kestra_provision.flows.typed import typed
    from kestra_provision.flows.values import file_of, is_duration

    if ttl and not is_duration(ttl):
        said = f"{ttl!r} is no duration in whole units, such as P7D or PT30M"
        raise click.BadParameter(said, param_hint="--ttl")
    try:
        wanted = typed(item.name, kind, _text(value))
    except ValueError as error:
        raise click.ClickException(f"{item}: {error}") from error
    with asking.kestra_on(inventory, host, f"kv set {item}") as (kestra, there):
        from kestra_provision.flows.tree import paths_of
        from kestra_provision.kestra import store
        from kestra_provision.run.state import of

        here = of(there)
        by_hand.refuse_secret(there, item, wanted)
        by_hand.say(item, store.set_value(kestra, item, wanted, ttl), "set")
        ours = here.flows.values.get(item)
        if ours and ours.sum != wanted.sum:
            folders = paths_of(here.settings.flows, Path.cwd())
            by_hand.say_conflict(item, file_of(folders, item), inventory, host)


@kv.command()
@_key
@arguments.one_host
def delete(item: Item, host: str, inventory: str) -> None:
    """Deletes a key.

    \b
    Example:
      kestra-provision kv delete company.team/limit
    """
    with asking.kestra_on(inventory, host, f"kv delete {item}") as (kestra, there):
        from kestra_provision.flows.tree import paths_of
        from kestra_provision.flows.values import file_of
        from kestra_provision.kestra import store
        from kestra_provision.run.state import of

        store.delete_key(kestra, item)
        by_hand.say(item, True, "deleted")
        by_hand.say_comes_back(file_of(paths_of(of(there).settings.flows, Path.cwd()), item))


def _text(value: str) -> str:
    """Raises `ValueError` for bytes that are no text."""
    try:
        if value == "-":
            return sys.stdin.buffer.read().decode().removesuffix("\n")
        value.encode()
    except UnicodeError as error:
        raise ValueError("it is no UTF-8") from error
    return value


def _raw(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
