"""What of the repository is on the server: fact, compare, write. pyinfra knows no Kestra."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx
from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.resource import Resource
from kestra_provision.kestra.synced import Seen, asked, look, note, words
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs, notice
from kestra_provision.run.observation import forget
from kestra_provision.settings import Settings
from kestra_provision.sync.comparison import Changes, compare
from kestra_provision.sync.item import Item
from kestra_provision.text.difference import MISSING
from kestra_provision.text.words import plural

_WAY_OUT = "kestra-provision flows diff shows it; then flows apply --take mine, or flows pull"
#: More deletions than this part of ours want their number, typed.
_MANY = 1 / 3
_SAID_EACH = 50


@operation()
def written(
    settings: Settings, resource: Resource, mine: bool = False
) -> Generator[PyinfraCommand]:
    """Creates and updates what the repository has.

    + resource: a kind of item
    + mine: overwrites what somebody changed on the server

    Nothing is written unless the server finds all of it valid. What a failure leaves half done is
    put back.
    """
    if not resource.wanted:
        host.noop(f"no {resource.noun} here")
        return
    several = plural(len(resource.wanted), resource.noun)
    seen = look(host, settings, resource)
    if isinstance(seen, str):
        differs(host, f"{resource.noun}s", f"{several} on the server", seen)
        yield FunctionCommand(_write, (settings, resource, mine), {})
        return
    changes = _compared(resource, seen, mine)
    _say(resource, changes)
    if changes.writes or _to_note(resource, seen, changes):
        yield FunctionCommand(_write, (settings, resource, mine), {})
    else:
        host.noop(f"{several} as in the repository")
    if changes.conflicts:
        left = plural(len(changes.conflicts), resource.noun)
        yield Failure(f"{left} left as somebody made it on the server. {_WAY_OUT}")


@operation()
def removed(
    settings: Settings, resource: Resource, prune: bool, number: int | None = None
) -> Generator[PyinfraCommand]:
    """Deletes ours that the repository no longer has, or names them.

    + prune: deletes
    + number: of them, as somebody typed it; a few need none
    """
    seen = look(host, settings, resource)
    if isinstance(seen, str):
        host.noop(seen)
        return
    changes = _compared(resource, seen, mine=False)
    if refused := refusal(resource, seen, changes, prune, number):
        differs(host, f"{resource.noun}s", "as in the repository", refused)
        yield Failure(refused)
    elif not (prune and changes.remove):
        for item in changes.remove:
            told = "ours, no longer in the repository"
            notice(host, f"{resource.noun} {item}", MISSING, told, "flows_prune = True deletes it")
        host.noop("nothing of ours is left over")
    else:
        for item in changes.remove:
            differs(host, f"{resource.noun} {item}", MISSING, "still on the server")
        yield FunctionCommand(_remove, (settings, resource, number), {})


def refusal(
    resource: Resource, seen: Seen, changes: Changes, prune: bool, number: int | None
) -> str:
    """Why nothing is deleted though it may be; empty where nothing is against it."""
    ours = len(seen.marks(resource).keys() & seen.live.keys())
    many = plural(ours, resource.noun)
    if ours and not resource.wanted:
        return f"no {resource.noun} here, {many} of ours on the server: is it the right folder?"
    count = len(changes.remove) if prune else 0
    if count > ours * _MANY and number != count:
        way = f"kestra-provision flows prune --delete {count}"
        return f"{count} of {many} would be deleted, more than a third. If that is meant: {way}"
    return ""


def _compared(resource: Resource, seen: Seen, mine: bool) -> Changes:
    marks = seen.marks(resource)
    return compare(resource.wanted, seen.live, marks, resource.wanted if mine else ())


def _to_note(resource: Resource, seen: Seen, changes: Changes) -> bool:
    """Some are as they should be, and the record does not say so."""
    marks, wanted = seen.marks(resource), resource.wanted
    return any(marks.get(item) != wanted[item] for item in changes.unchanged)


def _say(resource: Resource, changes: Changes) -> None:
    declared = "as in the repository"
    for item in changes.create:
        differs(host, f"{resource.noun} {item}", declared, MISSING)
    for item in changes.update:
        differs(host, f"{resource.noun} {item}", declared, "as it was before")
    for conflict in changes.conflicts:
        differs(host, f"{resource.noun} {conflict.item}", declared, conflict.kind, _WAY_OUT)
    for item in resource.disabled():
        notice(host, f"{resource.noun} {item}", "enabled", "disabled on the server, and left so")


def _write(state: State, host: Host, settings: Settings, resource: Resource, mine: bool) -> bool:
    """Looks once more, validates, notes what it is about to write, writes, notes what it wrote."""
    forget(host)  # a person may have thought for minutes
    seen = look(host, settings, resource)
    if isinstance(seen, str):
        return _failed(host, seen)
    changes, marks, wanted = _compared(resource, seen, mine), seen.marks(resource), resource.wanted
    try:
        with asked(host, settings) as kestra:
            if refused := resource.refused(kestra, changes.writes):
                for line in refused:
                    host.log(line, log_func=logger.error)
                bad = plural(len(refused), resource.noun)
                return _failed(host, f"Kestra refuses {bad}; nothing was written")
            kept = {**marks, **{item: wanted[item] for item in changes.unchanged}}
            coming = {item: wanted[item].or_else(marks.get(item)) for item in changes.writes}
            if coming and not _noted(host, settings, seen, resource, {**kept, **coming}):
                return False
            if not _put(host, kestra, resource, changes):
                return False
    except (httpx.HTTPError, ValueError) as error:
        return _failed(host, f"{words(error)}; run the same command again, it continues")
    after = {**kept, **{item: wanted[item] for item in changes.writes}}
    there = {item: m for item, m in after.items() if item in seen.live or item in changes.create}
    return _noted(host, settings, seen, resource, there)


def _put(host: Host, kestra: Kestra, resource: Resource, changes: Changes) -> bool:
    order = resource.ordered(changes.writes)
    count = 0
    try:
        for count, _ in enumerate(resource.write(kestra, order), start=1):
            if count % _SAID_EACH == 0:
                host.log(f"{count} of {plural(len(order), resource.noun)} written")
    except httpx.HTTPError as error:
        # The one that failed may be there all the same.
        back = _put_back(kestra, resource, [*reversed(order[: count + 1])])
        return _failed(host, f"{order[count]}: {words(error)}; {back}")
    return True


def _put_back(kestra: Kestra, resource: Resource, items: list[Item]) -> str:
    try:
        resource.put_back(kestra, items)
    except httpx.HTTPError:
        return "what was written before stays; run the same command again, it continues"
    return "what was written before was put back"


def _remove(
    state: State, host: Host, settings: Settings, resource: Resource, number: int | None
) -> bool:
    forget(host)
    seen = look(host, settings, resource)
    if isinstance(seen, str):
        return _failed(host, seen)
    changes = _compared(resource, seen, mine=False)
    if refused := refusal(resource, seen, changes, True, number):
        return _failed(host, refused)
    try:
        with asked(host, settings) as kestra:
            for item in changes.remove:
                resource.delete(kestra, item)
                host.log(f"✓ {item} deleted")
    except httpx.HTTPError as error:
        return _failed(host, f"{words(error)}; run the same command again, it continues")
    marks = seen.marks(resource)
    return _noted(
        host, settings, seen, resource, {i: m for i, m in marks.items() if i not in changes.remove}
    )


def _noted(host: Host, *what: Any) -> bool:
    problem = note(host, *what)
    return not problem or _failed(host, problem)


def _failed(host: Host, why: str) -> bool:
    host.log(why, log_func=logger.error)
    return False
