"""What namespaces of a server keep, one by one and by hand: keys with their values, and files.

Beside the sync of `flows/`, through the same calls. Each raises `httpx.HTTPError`; `ValueError`,
`KeyError` or `TypeError` for what is no answer of Kestra's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from kestra_provision.flows.values import Value
from kestra_provision.kestra import files, values
from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.executing import UnknownError, near
from kestra_provision.sync.item import Item

_NOT_FOUND = (httpx.codes.NOT_FOUND,)


@dataclass(frozen=True)
class Key:
    """+ expires: when it is gone; empty for never"""

    namespace: str
    key: str
    revision: int | None
    updated: str
    expires: str

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)


@dataclass(frozen=True)
class File:
    """+ path: below the namespace"""

    namespace: str
    path: str
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)


def keys(kestra: Kestra, namespace: str = "", known: Iterable[str] = ()) -> list[Key]:
    """Keys without their values, for which a list has no room.

    + namespace, known: as `namespaces` takes them
    """
    return _keys(kestra, namespaces(kestra, namespace, known))


def value(kestra: Kestra, item: Item) -> dict[str, Any]:
    """Type and value of a key, as the server tells them; raises `UnknownError`."""
    found = values.get(kestra, item)
    if not found:
        raise _unknown("key", item, (each.key for each in _keys(kestra, [item.namespace])))
    return found


def set_value(kestra: Kestra, item: Item, wanted: Value, ttl: str = "") -> bool:
    """Writes a key, unless it is so already; tells whether it was written.

    + ttl: as `values.put` has it; with it the time begins anew
    """
    store = values.Values({item: wanted})
    if not ttl and store.live(kestra, {}).get(item) == wanted.sum:
        (there,) = (each for each in _keys(kestra, [item.namespace]) if each.key == item.name)
        if not there.expires:
            return False
    values.put(kestra, item, wanted.text, ttl)
    return True


def delete_key(kestra: Kestra, item: Item) -> None:
    """Deletes a key; raises `UnknownError`."""
    found = [each.key for each in _keys(kestra, [item.namespace])]
    if item.name not in found:
        raise _unknown("key", item, found)
    values.delete(kestra, item)


def stored(kestra: Kestra, namespace: str = "", known: Iterable[str] = ()) -> list[File]:
    """Files with their sizes, one call a namespace.

    + namespace, known: as `namespaces` takes them
    """
    return [
        File(each, name, len(content))
        for each in namespaces(kestra, namespace, known)
        for name, content in sorted(files.export(kestra, each))
    ]


def content(kestra: Kestra, item: Item) -> bytes:
    """Of a file; raises `UnknownError`."""
    told = {"path": f"/{item.name}"}
    path = f"/namespaces/{item.namespace}/files"
    answer = kestra.call("GET", path, params=told, allowed=_NOT_FOUND, timeout=files.LONG)
    if answer.status_code in _NOT_FOUND:
        raise _unknown("file", item, (name for name, _ in files.export(kestra, item.namespace)))
    return answer.content


def put_file(kestra: Kestra, item: Item, wanted: bytes) -> bool:
    """Uploads a file, unless it is so already; tells whether it was uploaded.

    Raises `files.InTheWayError` where a folder or a file is there in its way.
    """
    store = files.Files({item: wanted})
    store.live(kestra, {})
    if store.there(item) == wanted:
        return False
    # Each upload is another revision.
    return len([*store.write(kestra, [item])]) > 0


def delete_file(kestra: Kestra, item: Item) -> None:
    """Deletes a file and never a folder; raises `UnknownError`."""
    found = [name for name, _ in files.export(kestra, item.namespace)]
    if item.name not in found:
        raise _unknown("file", item, found)
    files.delete(kestra, item)


def namespaces(kestra: Kestra, namespace: str = "", known: Iterable[str] = ()) -> list[str]:
    """Names of all that the server tells of, in order: those with flows, and with keys if it can.

    + namespace: it alone, and those below it
    + known: further ones, such as those of a repository
    """
    found = {str(each["id"]) for each in kestra.pages("/namespaces/search")}
    found |= {key.namespace for key in _all_keys(kestra) or ()}
    found |= {*known}
    below = {each for each in found if f"{each}.".startswith(f"{namespace}.")}
    return sorted(below | {namespace}) if namespace else sorted(found)


def _keys(kestra: Kestra, wanted: Collection[str]) -> list[Key]:
    """+ wanted: namespaces"""
    found = _all_keys(kestra)
    if found is None:
        lists = {ns: kestra.call("GET", f"/namespaces/{ns}/kv").json() for ns in wanted}
        found = [_key(ns, each) for ns, several in lists.items() for each in several]
    return sorted((k for k in found if k.namespace in wanted), key=lambda k: (k.namespace, k.key))


def _all_keys(kestra: Kestra) -> list[Key] | None:
    """None where the server has only a list of each namespace, as 1.0; 2.0 has no such list."""
    try:
        return [_key(str(each["namespace"]), each) for each in kestra.pages("/kv")]
    except httpx.HTTPStatusError as error:
        if error.response.status_code not in _NOT_FOUND:
            raise
        return None


def _key(namespace: str, told: dict[str, Any]) -> Key:
    return Key(
        namespace,
        str(told["key"]),
        told.get("version"),
        str(told.get("updateDate") or ""),
        str(told.get("expirationDate") or ""),
    )


def _unknown(what: str, item: Item, known: Iterable[str]) -> UnknownError:
    close = near(str(item), [str(Item(item.namespace, name)) for name in known])
    return UnknownError(f"{what} {item}{close}")
