"""Flows of a server through its API: export, validate, create, update, delete.

The calls for a whole namespace are not used: they are not atomic, and delete by default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import httpx

from kestra_provision.flows.canary import CANARY
from kestra_provision.flows.marks import mark_of, sum_of
from kestra_provision.flows.order import in_order
from kestra_provision.flows.place import line_of
from kestra_provision.flows.source import is_off, switched
from kestra_provision.flows.tree import Tree
from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.exported import export, source_of
from kestra_provision.sync.comparison import Mark, Sum
from kestra_provision.sync.item import Item

_YAML = {"Content-Type": "application/x-yaml"}
#: A server checks hundreds of flows at its leisure.
_LONG = 120.0
#: Of one form; the server's web server takes no more than 128.
_PARTS = 100


@dataclass(frozen=True)
class Invalid:
    """A flow that the server refuses.

    + line: which one of the file; None where the server does not say enough
    + message: in its words
    """

    file: str
    line: int | None
    message: str

    @property
    def place(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Flows:
    """The flows of the repository and of one server."""

    kind: ClassVar[str] = "flows"
    noun: ClassVar[str] = "flow"
    vital: ClassVar[bool] = True

    def __init__(self, tree: Tree) -> None:
        self._flows = {flow.id: flow for flow in tree.flows}
        self.sources: dict[Item, str] = {}
        self._marks: Mapping[Item, Mark] = {}

    @cached_property
    def wanted(self) -> Mapping[Item, Mark]:
        """A mark of each source."""
        return {item: mark_of(flow.source) for item, flow in self._flows.items()}

    def live(self, kestra: Kestra, marks: Mapping[Item, Mark]) -> Mapping[Item, Sum]:
        """All flows of the server, in one call."""
        self._marks = marks
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

    def switched(self) -> Mapping[Item, str]:
        """Of the repository, and switched by the server's own switch since the last sync."""
        return {item: now for item in self._flows if (now := self._switched(item))}

    def _switched(self, item: Item) -> str:
        """What somebody made of one there; empty where nobody has switched it."""
        there = self.sources.get(item)
        if there is None or is_off(there) == is_off(self._flows[item].source):
            return ""
        live, mark = sum_of(there), self._marks.get(item, self.wanted[item])
        if not mark.fits(live) or mark.left(live):
            return ""
        return "disabled" if is_off(there) else "enabled"

    def refused(
        self, kestra: Kestra, items: Collection[Item], theirs: Collection[Item] = ()
    ) -> list[Invalid]:
        """What the server calls invalid; an update would accept some of it.

        + items: as the repository has them
        + theirs: as `live` found them

        Raises `httpx.HTTPError`, or `ValueError` for an answer that makes no sense.
        """
        asked = [(str(self._flows[item].file), self._flows[item].source) for item in items]
        asked += [(f"flow {item} on the server", self.sources[item]) for item in theirs]
        several = (asked[i : i + _PARTS] for i in range(0, len(asked), _PARTS))
        return [each for some in several for each in _refused(kestra, some)]

    def ordered(self, items: Collection[Item]) -> list[Item]:
        """Subflows before their callers."""
        return in_order(items, {item: flow.names.calls for item, flow in self._flows.items()})

    def write(self, kestra: Kestra, items: Sequence[Item]) -> Iterator[Item]:
        """One that was switched on the server stays as it is."""
        for item in items:
            put(kestra, item, self._written(item), there=item in self.sources)
            yield item

    def _written(self, item: Item) -> str:
        source, now = self._flows[item].source, self._switched(item)
        return switched(source, now == "disabled") if now else source

    def put_back(self, kestra: Kestra, items: Sequence[Item]) -> None:
        """Their former sources, as further revisions."""
        for item in items:
            if source_of(kestra, item) != self._written(item):
                continue
            if item in self.sources:
                put(kestra, item, self.sources[item], there=True)
            else:
                self.delete(kestra, item)

    def delete(self, kestra: Kestra, item: Item) -> None:
        """The server keeps its revisions."""
        gone = (httpx.codes.NOT_FOUND,)
        kestra.call("DELETE", f"/flows/{item.namespace}/{item.name}", allowed=gone)


def _refused(kestra: Kestra, asked: Sequence[tuple[str, str]]) -> list[Invalid]:
    # As files, each by itself: a text of several would be split at every line of `---`.
    parts = [("flows", (name, source.encode(), "application/x-yaml")) for name, source in asked]
    answers = kestra.call("POST", "/flows/validate", files=parts, timeout=_LONG).json()
    if len(answers) != len(asked):
        raise ValueError(f"asked of {len(asked)} flows it tells of {len(answers)}")
    found = [
        (asked[int(e["index"])], str(e["constraints"])) for e in answers if e.get("constraints")
    ]
    return [Invalid(name, line_of(source, said), said.strip()) for (name, source), said in found]


def put(kestra: Kestra, item: Item, source: str, there: bool) -> None:
    """Writes one flow, which is another revision of it.

    + there: the server has it
    """
    path = f"/flows/{item.namespace}/{item.name}" if there else "/flows"
    method = "PUT" if there else "POST"
    kestra.call(method, path, content=source.encode(), headers=_YAML)
