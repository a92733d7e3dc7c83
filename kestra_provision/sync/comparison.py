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
class Mark:
    """How we left an item on the server: sums, one of which it has until somebody edits it.

    They are several because the server's own switch writes into a flow's source; and because a sync
    that was cut off has written the new content, or has not yet.
    """

    sums: tuple[str, ...]

    def fits(self, live: str) -> bool:
        """Nobody edited it since.

        + live: sum of what the server has
        """
        return live in self.sums

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
    live: Mapping[Item, str],
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
        if wanted.fits(live[item]):
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


def _kind(wanted: Mark, mark: Mark | None) -> Kind:
    if mark is None:
        return "made on the server"
    same = wanted.sums[0] in mark.sums
    return "changed on the server" if same else "changed on both sides"
