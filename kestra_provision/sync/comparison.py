"""What a sync would do: three-way comparison of repository, server and the last sync.

Pure. Plan, drift check and deploy speak from it alone, for flows, files and keys alike.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Literal

from kestra_provision.sync.item import Item

#: Who changed an item since the last sync, where the repository cannot simply win.
Kind = Literal[
    "changed on the server",
    "changed on both sides",
    "made on the server",
    "changed on the server, removed here",
]


@dataclass(frozen=True)
class Sum:
    """Of one content.

    + exact: byte for byte
    + alike: without what the server itself may write into it, such as a flow's switch
    """

    exact: str
    alike: str


@dataclass(frozen=True)
class Mark:
    """How we left an item on the server.

    Several sums, because a sync that was cut off has written the new content, or has not yet.
    """

    sums: tuple[Sum, ...]

    @property
    def first(self) -> Sum:
        """Of what the repository has."""
        return self.sums[0]

    def left(self, live: Sum) -> bool:
        """A sync left just that.

        + live: of what the server has
        """
        return any(live.exact == each.exact for each in self.sums)

    def fits(self, live: Sum) -> bool:
        """Nobody edited it since; the server itself may have switched it."""
        return any(live.alike == each.alike for each in self.sums)

    def or_else(self, other: Mark | None) -> Mark:
        """Of an item that is one or the other."""
        return Mark(tuple(dict.fromkeys((*self.sums, *(other.sums if other else ())))))


@dataclass(frozen=True)
class Conflict:
    """An item that stays as it is on the server until somebody decides."""

    item: Item
    kind: Kind


@dataclass(frozen=True)
class Changes:
    """What a sync finds.

    + create, update: to be written
    + remove: ours, no longer in the repository
    + unchanged: of the repository, as it is there
    + foreign: on the server, never ours
    """

    create: tuple[Item, ...] = ()
    update: tuple[Item, ...] = ()
    remove: tuple[Item, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unchanged: tuple[Item, ...] = ()
    foreign: tuple[Item, ...] = ()

    @property
    def writes(self) -> tuple[Item, ...]:
        return (*self.create, *self.update)


@dataclass(frozen=True)
class Named:
    """Items by the names that people give them, `NAMESPACE/NAME`; all where none is given."""

    names: frozenset[str] = frozenset()

    def __contains__(self, item: object) -> bool:
        return not self.names or str(item) in self.names


def compare(
    declared: Mapping[Item, Mark],
    live: Mapping[Item, Sum],
    marks: Mapping[Item, Mark],
    mine: Container[Item] = (),
) -> Changes:
    """Compares them.

    + declared: what the repository wants, as the mark that it would leave
    + live: sums of what the server has
    + marks: what the last sync left there
    + mine: conflicts that somebody decided for the repository
    """
    update, unchanged, remove = list[Item](), list[Item](), list[Item]()
    conflicts = list[Conflict]()
    for item in sorted(declared.keys() & live.keys()):
        wanted, mark = declared[item], marks.get(item)
        if is_same(wanted, live[item], mark):
            unchanged.append(item)
        elif item in mine or (mark and mark.fits(live[item])):
            update.append(item)
        else:
            conflicts.append(Conflict(item, _kind(wanted, mark)))
    for item in sorted((live.keys() - declared.keys()) & marks.keys()):
        if item in mine or marks[item].fits(live[item]):
            remove.append(item)
        else:
            conflicts.append(Conflict(item, "changed on the server, removed here"))
    return Changes(
        tuple(sorted(declared.keys() - live.keys())),
        tuple(update),
        tuple(remove),
        tuple(conflicts),
        tuple(unchanged),
        tuple(sorted(live.keys() - declared.keys() - marks.keys())),
    )


def is_same(wanted: Mark, live: Sum, mark: Mark | None) -> bool:
    """Nothing is to be written: it is there, or it is another one by the server's switch alone."""
    if wanted.left(live):
        return True
    return wanted.fits(live) and (mark is None or (mark.left(wanted.first) and not mark.left(live)))


def _kind(wanted: Mark, mark: Mark | None) -> Kind:
    if mark is None:
        return "made on the server"
    same = mark.left(wanted.first)
    return "changed on the server" if same else "changed on both sides"
