"""What a sync would do: three-way comparison of repository, server and the last sync.

Pure. Plan, drift check and deploy speak from it alone. A source is compared byte for byte, but for
the one line that the server itself writes when somebody disables or enables a flow there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kestra_provision.flows.source import FlowId, is_off, switched

#: Who changed a flow since the last sync, where the repository cannot simply win.
Kind = Literal[
    "changed on the server",
    "changed on both sides",
    "made on the server",
    "changed on the server, removed here",
]


@dataclass(frozen=True)
class Mark:
    """How we left a flow on the server: sums of its source, one of which it has until it is edited.

    They are several because the server's own switch writes into the source; and because a sync that
    was cut off has written the new one, or has not yet.
    """

    sums: tuple[str, ...]

    @classmethod
    def of(cls, source: str) -> Mark:
        off = switched(source, True)
        each = (source, off, switched(off, False), switched(source, False))
        return cls(tuple(dict.fromkeys(map(sum_of, each))))

    def fits(self, live: str) -> bool:
        """Nobody edited it since."""
        return sum_of(live) in self.sums

    def or_else(self, other: Mark | None) -> Mark:
        """Of a flow that is one or the other."""
        return Mark(tuple(dict.fromkeys((*self.sums, *(other.sums if other else ())))))


@dataclass(frozen=True)
class Conflict:
    """A flow that stays as it is on the server until somebody decides."""

    flow: FlowId
    kind: Kind


@dataclass(frozen=True)
class Changes:
    """What a sync finds.

    + create, update: to be written, with the source to be sent
    + remove: ours, no longer in the repository
    + unchanged: of the repository, as it is there
    + disabled: of the repository, disabled on the server and left so
    + foreign: on the server, never ours
    + marks: what the last sync's record should say of flows that need no write
    """

    create: Mapping[FlowId, str] = field(default_factory=dict)
    update: Mapping[FlowId, str] = field(default_factory=dict)
    remove: tuple[FlowId, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unchanged: tuple[FlowId, ...] = ()
    disabled: tuple[FlowId, ...] = ()
    foreign: tuple[FlowId, ...] = ()
    marks: Mapping[FlowId, Mark] = field(default_factory=dict)


def compare(
    declared: Mapping[FlowId, str],
    live: Mapping[FlowId, str],
    marks: Mapping[FlowId, Mark],
    take: Literal["", "mine"] = "",
) -> Changes:
    """Compares them.

    + declared: sources of the repository
    + live: sources of the server
    + marks: what the last sync left there
    + take: `mine` writes the repository's side of every conflict
    """
    update: dict[FlowId, str] = {}
    unchanged, disabled, remove = list[FlowId](), list[FlowId](), list[FlowId]()
    kept, conflicts = dict[FlowId, Mark](), list[Conflict]()
    for flow in sorted(declared.keys() & live.keys()):
        mine, theirs = declared[flow], live[flow]
        mark, wanted = marks.get(flow), Mark.of(mine)
        off = is_off(theirs) and not is_off(mine)
        if wanted.fits(theirs):
            unchanged.append(flow)
            kept[flow] = wanted
        elif take == "mine" or (mark and mark.fits(theirs)):
            off = off and bool(mark and mark.fits(theirs))
            update[flow] = switched(mine, True) if off else mine
        else:
            conflicts.append(Conflict(flow, _kind(wanted, mark)))
            continue
        if off:
            disabled.append(flow)
    for flow in sorted((live.keys() - declared.keys()) & marks.keys()):
        if take == "mine" or marks[flow].fits(live[flow]):
            remove.append(flow)
        else:
            conflicts.append(Conflict(flow, "changed on the server, removed here"))
    return Changes(
        {flow: declared[flow] for flow in sorted(declared.keys() - live.keys())},
        update,
        tuple(remove),
        tuple(conflicts),
        tuple(unchanged),
        tuple(disabled),
        tuple(sorted(live.keys() - declared.keys() - marks.keys())),
        kept,
    )


def sum_of(source: str) -> str:
    """SHA-256 of a source."""
    return hashlib.sha256(source.encode()).hexdigest()


def _kind(wanted: Mark, mark: Mark | None) -> Kind:
    if mark is None:
        return "made on the server"
    same = wanted.sums[0] in mark.sums
    return "changed on the server" if same else "changed on both sides"
