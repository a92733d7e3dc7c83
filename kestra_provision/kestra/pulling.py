"""Pulls what the server has into the repository: conflicts, named items, or all there is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pyinfra.api.host import Host

from kestra_provision.flows import pull
from kestra_provision.flows.tree import paths_of
from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.kestra.synced import look
from kestra_provision.run.state import of
from kestra_provision.sync.comparison import Changes, Kind, compare
from kestra_provision.sync.item import Item

_PLACES = {"flows": pull.flow, "files": pull.file, "kv": pull.key}
#: Of such a conflict neither the server nor a sync has what is here.
_CHANGED_HERE: frozenset[Kind] = frozenset({"changed on both sides", "made on the server"})


@dataclass(frozen=True)
class Pulled:
    """+ written: `kind NAMESPACE/NAME: file` each
    + kept: items that somebody changed here too, and did not name: nothing else has what is here
    """

    written: tuple[str, ...] = ()
    kept: tuple[Item, ...] = ()


def pulled(
    host: Host, directory: Path, names: Collection[str] = (), everything: bool = False
) -> Pulled:
    """Writes what the server has into the repository; the server is only asked.

    + directory: of the operator's repository
    + names: `NAMESPACE/NAME` of items; default those that somebody changed on the server alone
    + everything: what is on the server alone as well

    Raises `PullError` for a name that the server does not have, before anything is written, and
    for what has no place here.
    """
    here = of(host)
    folders = paths_of(here.settings.flows, directory)
    wanted, known, kept = list[tuple[str, str, Item, bytes]](), set[str](), list[Item]()
    for each in kinds_of(here.flows):
        seen = look(host, here.settings, each, even_if_empty=bool(everything or names))
        if isinstance(seen, str):
            raise pull.PullError(seen)
        known |= {str(item) for item in seen.live}
        changes = compare(each.wanted, seen.live, seen.marks(each))
        mine = {
            conflict.item
            for conflict in changes.conflicts
            if not names
            # After a sync that was cut off nobody knows whether the server ever had what is here.
            and (conflict.kind in _CHANGED_HERE or len(seen.marks(each)[conflict.item].sums) > 1)
        }
        kept += sorted(mine)
        for item in sorted(seen.live.keys() - mine):
            content = each.there(item)
            if content is not None and _chosen(item, changes, names, everything):
                wanted.append((each.kind, each.noun, item, content))
    if strange := sorted({*names} - known):
        has = {str(item) for each in kinds_of(here.flows) for item in each.wanted}
        gone = "to have it gone here as well, remove it from the repository"
        fix = gone if strange[0] in has else "kestra-provision flows list"
        raise pull.PullError(f"the server has no {strange[0]}: {fix}")
    written = (
        f"{noun} {item}: {_PLACES[kind](here.flows, folders, item, content)}"
        for kind, noun, item, content in wanted
    )
    return Pulled(tuple(written), tuple(kept))


def _chosen(item: Item, changes: Changes, names: Collection[str], everything: bool) -> bool:
    if names:
        return str(item) in names
    conflicts = {conflict.item for conflict in changes.conflicts}
    return item in conflicts or (everything and item in changes.foreign)
