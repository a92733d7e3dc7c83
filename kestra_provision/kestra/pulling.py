"""Pulls what the server has into the repository: conflicts, named items, or all there is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pyinfra.api.host import Host

from kestra_provision.flows import pull
from kestra_provision.flows.tree import paths_of
from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.kestra.synced import look
from kestra_provision.run.state import of
from kestra_provision.sync.comparison import Changes, compare
from kestra_provision.sync.item import Item

_PLACES = {"flows": pull.flow, "files": pull.file, "kv": pull.key}


def pulled(
    host: Host, directory: Path, names: Collection[str] = (), everything: bool = False
) -> list[str]:
    """What was written, `kind NAMESPACE/NAME: file` each; the server is only asked.

    + directory: of the operator's repository
    + names: `NAMESPACE/NAME` of items; default those that somebody changed on the server
    + everything: what is on the server alone as well

    Raises `PullError` for a name that the server does not have, before anything is written, and
    for what has no place here.
    """
    here = of(host)
    folders = paths_of(here.settings.flows, directory)
    wanted, known = list[tuple[str, str, Item, bytes]](), set[str]()
    for each in kinds_of(here.flows):
        seen = look(host, here.settings, each, even_if_empty=bool(everything or names))
        if isinstance(seen, str):
            raise pull.PullError(seen)
        known |= {str(item) for item in seen.live}
        changes = compare(each.wanted, seen.live, seen.marks(each))
        for item in sorted(seen.live):
            content = each.there(item)
            if content is not None and _chosen(item, changes, names, everything):
                wanted.append((each.kind, each.noun, item, content))
    if strange := sorted({*names} - known):
        raise pull.PullError(f"the server has no {strange[0]}: kestra-provision flows list")
    return [
        f"{noun} {item}: {_PLACES[kind](here.flows, folders, item, content)}"
        for kind, noun, item, content in wanted
    ]


def _chosen(item: Item, changes: Changes, names: Collection[str], everything: bool) -> bool:
    if names:
        return str(item) in names
    conflicts = {conflict.item for conflict in changes.conflicts}
    return item in conflicts or (everything and item in changes.foreign)
