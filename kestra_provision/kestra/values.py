"""Keys of namespaces' stores through the API."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from kestra_provision.flows.values import Value, line_of, sum_of, text_of
from kestra_provision.kestra.client import Kestra
from kestra_provision.sync.comparison import Mark, Sum
from kestra_provision.sync.item import Item

_TEXT = {"Content-Type": "text/plain"}


class Values:
    """The keys of the repository and of one server."""

    kind: ClassVar[str] = "kv"
    noun: ClassVar[str] = "key"
    vital: ClassVar[bool] = False

    def __init__(self, values: Mapping[Item, Value]) -> None:
        self._values = values
        self._live: dict[Item, Any] = {}

    @cached_property
    def wanted(self) -> Mapping[Item, Mark]:
        """A mark of each value with its type."""
        return {item: Mark((value.sum,)) for item, value in self._values.items()}

    def live(self, kestra: Kestra, marks: Mapping[Item, Mark]) -> Mapping[Item, Sum]:
        """Ours and the repository's, one call a key: a list has no values."""
        self._live = {}
        for item in sorted({*self._values, *marks}):
            if found := get(kestra, item):
                self._live[item] = found
        return {item: sum_of(str(f["type"]), f["value"]) for item, f in self._live.items()}

    def here(self, item: Item) -> bytes | None:
        """Its line of YAML."""
        value = self._values.get(item)
        return line_of(item.name, value.kind, value.shown) if value else None

    def there(self, item: Item) -> bytes | None:
        """Its line of YAML."""
        found = self._live.get(item)
        return line_of(item.name, str(found["type"]), found["value"]) if found else None

    def switched(self) -> Mapping[Item, str]:
        """A key has no switch."""
        return {}

    def ordered(self, items: Collection[Item]) -> list[Item]:
        """By namespace and name."""
        return sorted(items)

    def write(self, kestra: Kestra, items: Sequence[Item]) -> Iterator[Item]:
        """Quoted as the server needs it, so that a text stays one."""
        for item in items:
            put(kestra, item, self._values[item].text)
            yield item

    def put_back(self, kestra: Kestra, items: Sequence[Item]) -> None:
        """Their former values."""
        for item in items:
            now = get(kestra, item)
            if not now or sum_of(str(now["type"]), now["value"]) != self._values[item].sum:
                continue
            if item in self._live:
                found = self._live[item]
                put(kestra, item, text_of(str(found["type"]), found["value"]))
            else:
                delete(kestra, item)

    def delete(self, kestra: Kestra, item: Item) -> None:
        """One that is gone already is as good."""
        delete(kestra, item)


def _path(item: Item) -> str:
    return f"/namespaces/{item.namespace}/kv/{quote(item.name, safe='')}"


def delete(kestra: Kestra, item: Item) -> None:
    """One that is gone already is as good."""
    kestra.call("DELETE", _path(item))


def get(kestra: Kestra, item: Item) -> dict[str, Any]:
    """Its `type` and `value`; empty for one that is not there, or no more."""
    gone = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
    answer = kestra.call("GET", _path(item), allowed=gone)
    found: dict[str, Any] = answer.json() if answer.is_success else {}
    if found and not {"type", "value"} <= found.keys():
        raise ValueError(f"its answer for {item} is none")
    return found


def put(kestra: Kestra, item: Item, text: str, ttl: str = "") -> None:
    """Writes it.

    + text: quoted as the server needs it
    + ttl: a duration after which it is gone; empty for never
    """
    headers = {**_TEXT, **({"ttl": ttl} if ttl else {})}
    kestra.call("PUT", _path(item), content=text.encode(), headers=headers)
