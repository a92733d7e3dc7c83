"""Writes items to a server and deletes them; notes what is ours, and puts back what failed."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx
from pyinfra.api.host import Host

from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.resource import Resource
from kestra_provision.kestra.synced import Seen, asked, look, note, words
from kestra_provision.run.observation import forget
from kestra_provision.settings import Settings
from kestra_provision.sync.comparison import Changes, Mark, compare
from kestra_provision.sync.item import Item
from kestra_provision.text.words import plural

_AGAIN = "run the same command again, it continues"
#: A line of progress for so many.
_SAID_EACH = 50


class NotWrittenError(Exception):
    """Kestra would not, or the host; says what is as it was."""


def compared(resource: Resource, seen: Seen, mine: Container[Item]) -> Changes:
    """What a sync of one kind would do."""
    return compare(resource.wanted, seen.live, seen.marks(resource), mine)


def write(host: Host, settings: Settings, resource: Resource, mine: Container[Item]) -> None:
    """Looks once more, notes what it is about to write, writes, notes what it wrote.

    + mine: conflicts that the repository wins

    Raises `NotWrittenError`. Killed anywhere, the next run finds either content to be ours.
    """
    seen = _looked(host, settings, resource)
    changes, marks, wanted = compared(resource, seen, mine), seen.marks(resource), resource.wanted
    kept = {**marks, **{item: wanted[item] for item in changes.unchanged}}
    coming = {item: wanted[item].or_else(marks.get(item)) for item in changes.writes}
    if coming:
        _note(host, settings, seen, resource, {**kept, **coming})
        with _explained(), asked(host, settings) as kestra:
            _put(host, kestra, resource, changes)
    after = {**kept, **{item: wanted[item] for item in changes.writes}}
    there = {item: m for item, m in after.items() if item in seen.live or item in changes.create}
    _note(host, settings, seen, resource, there)


def remove(host: Host, settings: Settings, resource: Resource, items: Collection[Item]) -> None:
    """Deletes what is ours and no longer in the repository, and forgets that it was ours.

    + items: those; one that somebody has edited meanwhile stays

    Raises `NotWrittenError`.
    """
    seen = _looked(host, settings, resource)
    gone = [item for item in compared(resource, seen, items).remove if item in items]
    with _explained(), asked(host, settings) as kestra:
        for item in gone:
            resource.delete(kestra, item)
            host.log(f"✓ {resource.noun} {item} deleted")
    left = {item: mark for item, mark in seen.marks(resource).items() if item not in gone}
    _note(host, settings, seen, resource, left)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, ValueError) as error:
        raise NotWrittenError(f"{words(error)}; {_AGAIN}") from error


def _looked(host: Host, settings: Settings, resource: Resource) -> Seen:
    forget(host)  # a person may have thought for minutes
    seen = look(host, settings, resource)
    if isinstance(seen, str):
        raise NotWrittenError(seen)
    return seen


def _note(
    host: Host, settings: Settings, seen: Seen, resource: Resource, marks: Mapping[Item, Mark]
) -> None:
    if marks == seen.marks(resource):
        return
    if problem := note(host, settings, seen, resource, marks):
        raise NotWrittenError(problem)


def _put(host: Host, kestra: Kestra, resource: Resource, changes: Changes) -> None:
    order = resource.ordered(changes.writes)
    count = 0
    try:
        for count, _ in enumerate(resource.write(kestra, order), start=1):
            if count % _SAID_EACH == 0:
                host.log(f"{count} of {plural(len(order), resource.noun)} written")
    except (httpx.HTTPError, ValueError) as error:
        # The one that failed may be there all the same.
        back = _put_back(kestra, resource, order)
        raise NotWrittenError(f"{order[count]}: {words(error)}; {back}") from error


def _put_back(kestra: Kestra, resource: Resource, items: Sequence[Item]) -> str:
    try:
        resource.put_back(kestra, items)
    except (httpx.HTTPError, ValueError):
        return f"what was written before stays; {_AGAIN}"
    return "what was written before was put back"
