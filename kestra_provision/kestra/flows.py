"""Flows of a server through its API: export, validate, create, update, delete.

The calls for a whole namespace are not used: they are not atomic, and delete by default.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import ClassVar

import httpx

from kestra_provision.flows.canary import CANARY
from kestra_provision.flows.marks import mark_of, sum_of
from kestra_provision.flows.order import in_order
from kestra_provision.flows.source import SourceError, is_off, names, switched
from kestra_provision.flows.tree import Flow, Tree
from kestra_provision.kestra.client import Kestra
from kestra_provision.sync.comparison import Mark
from kestra_provision.sync.item import Item

_YAML = {"Content-Type": "application/x-yaml"}
#: A server with hundreds of flows writes their archive, or checks them all, at its leisure.
_LONG = 120.0
#: Of one form; the server's web server takes no more than 128.
_PARTS = 100


class Flows:
    """The flows of the repository and of one server."""

    kind: ClassVar[str] = "flows"
    noun: ClassVar[str] = "flow"
    vital: ClassVar[bool] = True

    def __init__(self, tree: Tree) -> None:
        self._flows = {flow.id: flow for flow in tree.flows}
        self.sources: dict[Item, str] = {}

    @property
    def wanted(self) -> Mapping[Item, Mark]:
        """A mark of each source."""
        return {item: mark_of(flow.source) for item, flow in self._flows.items()}

    def live(self, kestra: Kestra, marks: Mapping[Item, Mark]) -> Mapping[Item, str]:
        """All flows of the server, in one call."""
        known = {item: flow.source for item, flow in self._flows.items()}
        # The canary is no change of somebody's: an operation of its own keeps it.
        found = export(kestra, known)
        self.sources = {i: text for i, text in found.items() if i != CANARY or i in known}
        return {item: sum_of(source) for item, source in self.sources.items()}

    def here(self, item: Item) -> bytes | None:
        """Its source."""
        flow = self._flows.get(item)
        return flow.source.encode() if flow else None

    def there(self, item: Item) -> bytes | None:
        """Its source."""
        source = self.sources.get(item)
        return None if source is None else source.encode()

    def disabled(self) -> Collection[Item]:
        """Of the repository, and off on the server alone."""
        return [
            item
            for item, flow in self._flows.items()
            if is_off(self.sources.get(item, "")) and not is_off(flow.source)
        ]

    def refused(self, kestra: Kestra, items: Collection[Item]) -> list[str]:
        """What the server calls invalid, by file; an update would accept some of it.

        Raises `httpx.HTTPError`, or `ValueError` for an answer that makes no sense.
        """
        asked = [self._flows[item] for item in items]
        several = (asked[i : i + _PARTS] for i in range(0, len(asked), _PARTS))
        return [line for some in several for line in _refused(kestra, some)]

    def ordered(self, items: Collection[Item]) -> list[Item]:
        """Subflows before their callers."""
        return in_order(items, {item: flow.names.calls for item, flow in self._flows.items()})

    def write(self, kestra: Kestra, items: Sequence[Item]) -> Iterator[Item]:
        """One that was switched off on the server stays off."""
        off = self.disabled()
        for item in items:
            source = self._flows[item].source
            if item in off:
                source = switched(source, True)
            _put(kestra, item, source, there=item in self.sources)
            yield item

    def put_back(self, kestra: Kestra, items: Sequence[Item]) -> None:
        """Their former sources, as further revisions."""
        for item in items:
            if item in self.sources:
                _put(kestra, item, self.sources[item], there=True)
            else:
                self.delete(kestra, item)

    def delete(self, kestra: Kestra, item: Item) -> None:
        """The server keeps its revisions."""
        gone = (httpx.codes.NOT_FOUND,)
        kestra.call("DELETE", f"/flows/{item.namespace}/{item.name}", allowed=gone)


def export(kestra: Kestra, known: Mapping[Item, str]) -> dict[Item, str]:
    """The sources of all flows of the server, in one call.

    + known: sources that are probably there, which saves reading them for their names

    Raises `ValueError` for an answer that is no archive.
    """
    answer = kestra.call("GET", "/flows/export/by-query", timeout=_LONG)
    found: dict[Item, str] = {}
    # The name in the archive joins namespace and id by what both may hold.
    guessed = {f"{item.namespace}-{item.name}.yml": item for item in known}
    try:
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        for name in archive.namelist():
            source = archive.read(name).decode()
            item = guessed.get(name)
            if item is None or known[item] != source:
                item = names(source).flow
            found[item] = source
    except (zipfile.BadZipFile, UnicodeDecodeError, SourceError) as error:
        raise ValueError("its export of flows cannot be read") from error
    return found


def _refused(kestra: Kestra, asked: Sequence[Flow]) -> list[str]:
    # As files, each by itself: a text of several would be split at every line of `---`.
    parts = [("flows", (str(f.file), f.source.encode(), "application/x-yaml")) for f in asked]
    answers = kestra.call("POST", "/flows/validate", files=parts, timeout=_LONG).json()
    if len(answers) != len(asked):
        raise ValueError(f"asked of {len(asked)} flows it tells of {len(answers)}")
    return [
        f"{asked[int(each['index'])].file}: {str(each['constraints']).strip()}"
        for each in answers
        if each.get("constraints")
    ]


def _put(kestra: Kestra, item: Item, source: str, there: bool) -> None:
    path = f"/flows/{item.namespace}/{item.name}" if there else "/flows"
    method = "PUT" if there else "POST"
    kestra.call(method, path, content=source.encode(), headers=_YAML)
