"""Deletions: what is left over on a server, what of it goes, and when that wants a word."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass

from pyinfra.api.host import Host

from kestra_provision.facts.flows_record import FlowsRecord
from kestra_provision.kestra.resource import Resource
from kestra_provision.kestra.synced import Seen, look
from kestra_provision.kestra.writing import compared
from kestra_provision.run.observation import observed
from kestra_provision.run.state import run_of
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.sync import record
from kestra_provision.sync.comparison import Changes
from kestra_provision.sync.item import Item
from kestra_provision.text.words import plural

#: More deletions than this part of ours want their number, typed.
_MANY = 1 / 3


@dataclass(frozen=True)
class Leaving:
    """Of all kinds, in the order in which they go.

    + left: ours, no longer in the repository
    + going: those of them that are deleted
    + refused, meant: why none is though it may be, empty where nothing is against it; and what a
      person does who wants just that
    """

    left: tuple[tuple[Resource, Item], ...] = ()
    going: tuple[tuple[Resource, Item], ...] = ()
    refused: str = ""
    meant: str = ""


def leaving(
    host: Host,
    settings: Settings,
    kinds: Sequence[Resource],
    prune: bool,
    number: int | None = None,
    mine: Container[Item] = (),
) -> Leaving | str:
    """What is ours and no longer in the repository; why nobody can tell, in words.

    To be asked before anything is written: what is written is ours from then on, and counts.

    + kinds: in the order in which they go
    + prune: deletes
    + number: of all of them, as somebody typed it; a few need none
    + mine: conflicts that the repository wins
    """
    found = dict[Resource, tuple[Seen, Changes]]()
    for resource in kinds:
        seen = look(host, settings, resource)
        if isinstance(seen, str):
            return seen
        found[resource] = seen, compared(resource, seen, mine)
    left = [(resource, item) for resource, (_, each) in found.items() for item in each.remove]
    # What somebody decided by name needs no setting.
    going = [(r, i) for r, i in left if prune or not _was_left(r, found[r][0], i)]
    refused = "" if number == len(going) else _refusal(found, going)
    return Leaving((*left,), (*going,), refused, _meant(host, len(going) or len(left)))


def none_is_gone(host: Host, settings: Settings, kinds: Sequence[Resource]) -> bool:
    """The repository has all that is ours: by the record alone, without a question to Kestra."""
    try:
        ours = record.read(observed(host, FlowsRecord, path=Layout(settings.root_dir).flows).text)
    except record.RecordError:
        return False
    return all(ours.get(each.kind, {}).keys() <= each.wanted.keys() for each in kinds)


def _was_left(resource: Resource, seen: Seen, item: Item) -> bool:
    """A sync left it so: nobody has edited it since."""
    return seen.marks(resource)[item].fits(seen.live[item])


def _refusal(
    found: Mapping[Resource, tuple[Seen, Changes]], going: Collection[tuple[Resource, Item]]
) -> str:
    for resource, (seen, _) in found.items():
        ours = len(seen.marks(resource).keys() & seen.live.keys())
        many = plural(ours, resource.noun)
        count = sum(1 for each, _ in going if each is resource)
        if resource.vital and ours and not resource.wanted:
            return f"no {resource.noun}s here, {many} of ours on the server"
        if count > ours * _MANY:
            return f"{count} of {many} would be deleted, more than a third"
    return ""


def _meant(host: Host, total: int) -> str:
    command = run_of(host.state).commands.day_two(
        "flows", "prune", host.name, "--delete", str(total)
    )
    return f"if that is meant, for all that would go, {total}: {command}"
