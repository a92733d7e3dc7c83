"""Flows, files and keys of the repository on the server. pyinfra knows no Kestra."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Generator, Sequence

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.kestra import writing
from kestra_provision.kestra.leaving import Leaving, leaving
from kestra_provision.kestra.resource import Resource
from kestra_provision.kestra.synced import Seen, look
from kestra_provision.kestra.writing import NotWrittenError, compared
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs, notice
from kestra_provision.run.state import run_of
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.sync.comparison import Changes
from kestra_provision.sync.item import Item
from kestra_provision.text.difference import MISSING
from kestra_provision.text.words import enumerated, plural

_DECLARED = "as in the repository"


@operation()
def written(
    settings: Settings, resource: Resource, mine: Container[Item] = ()
) -> Generator[PyinfraCommand]:
    """Creates and updates what the repository has.

    + resource: a kind of item
    + mine: conflicts that the repository wins

    What a failure leaves half done is put back.
    """
    if not resource.wanted:
        host.noop(f"no {resource.noun} here")
        return
    several = plural(len(resource.wanted), resource.noun)
    seen = look(host, settings, resource)
    if isinstance(seen, str):
        differs(host, f"{resource.noun}s", f"{several} on the server", seen)
        yield _acting(writing.write, settings, resource, mine)
        return
    changes = compared(resource, seen, mine)
    _say(resource, changes)
    if not changes.writes and _to_note(resource, seen, changes):
        path = Layout(settings.root_dir).flows
        differs(host, path, f"which {resource.noun}s are ours", "does not say it of all")
    if changes.writes or _to_note(resource, seen, changes):
        yield _acting(writing.write, settings, resource, mine)
    else:
        host.noop(f"{several} as in the repository")


@operation()
def meant(
    settings: Settings,
    kinds: Sequence[Resource],
    prune: bool,
    number: int | None = None,
    mine: Container[Item] = (),
) -> Generator[PyinfraCommand]:
    """Refuses deletions that are most likely none that anybody meant, before anything is written.

    + kinds, prune, number, mine: as `leaving` has them

    Of a plan preflight has said it.
    """
    host.noop("a look")
    if not host.state.is_executing:
        return
    found = leaving(host, settings, kinds, prune, number, mine)
    if isinstance(found, str):
        yield Failure(found)
    elif found.refused:
        yield _refused(found)


@operation()
def removed(
    settings: Settings,
    kinds: Sequence[Resource],
    prune: bool,
    number: int | None = None,
    mine: Container[Item] = (),
) -> Generator[PyinfraCommand]:
    """Deletes ours that the repository no longer has, or names them.

    + kinds, prune, number, mine: as `leaving` has them, and `meant` has taken them
    """
    found = leaving(host, settings, kinds, prune, number, mine)
    if isinstance(found, str):
        host.noop(found)
        return
    if found.refused:
        host.noop("preflight refuses them")
        if host.state.is_executing:  # it is another server by now
            yield _refused(found)
        return
    for resource, item in found.left:
        if (resource, item) in found.going:
            differs(host, f"{resource.noun} {item}", MISSING, "still on the server")
        else:
            told = "ours, no longer in the repository"
            notice(host, f"{resource.noun} {item}", MISSING, told, "flows_prune = True deletes it")
    for resource in kinds:
        if items := [item for each, item in found.going if each is resource]:
            yield _acting(writing.remove, settings, resource, items)
    if not found.going:
        host.noop("nothing of ours is left over")


@operation()
def decided(
    settings: Settings,
    kinds: Sequence[Resource],
    named: Collection[str],
    mine: Container[Item] = (),
) -> Generator[PyinfraCommand]:
    """Fails where a conflict is left to somebody, after all the rest is written.

    + named: what was decided by name, and must be there
    """
    host.noop("no conflict")
    left, known = list[str](), set[str]()
    for resource in kinds:
        seen = look(host, settings, resource)
        if isinstance(seen, str):
            return
        known |= {str(item) for item in (*resource.wanted, *seen.live, *seen.marks(resource))}
        if conflicts := compared(resource, seen, mine).conflicts:
            left.append(plural(len(conflicts), resource.noun))
    if strange := sorted({*named} - known):
        yield Failure(f"there is no {strange[0]}, here or on the server: {_command('list')}")
    elif left:
        why = f"{enumerated(left)} left as somebody made it on the server. {_way_out()}"
        yield Failure(why, told=True)


def _refused(found: Leaving) -> Failure:
    return Failure(f"{found.refused}. {found.meant[:1].upper()}{found.meant[1:]}")


def _way_out() -> str:
    """What shows a conflict, and what decides it."""
    return f"{_command('diff')} shows it; {_command('apply', '--take', 'mine')}, or theirs, ends it"


def _command(word: str, *more: str) -> str:
    """Of `kestra-provision flows`, for this host."""
    return run_of(host.state).commands.day_two("flows", word, host.name, *more)


def _to_note(resource: Resource, seen: Seen, changes: Changes) -> bool:
    """Some are as they should be, and the record does not say so."""
    marks, wanted = seen.marks(resource), resource.wanted
    return any(marks.get(item) != wanted[item] for item in changes.unchanged)


def _say(resource: Resource, changes: Changes) -> None:
    noun = resource.noun
    for item in changes.create:
        differs(host, f"{noun} {item}", _declared(resource, item), MISSING)
    for item in changes.update:
        differs(host, f"{noun} {item}", _declared(resource, item), "as it was before")
    for conflict in changes.conflicts:
        differs(host, f"{noun} {conflict.item}", _DECLARED, conflict.kind, _way_out())
    for item, now in resource.switched().items():
        notice(host, f"{noun} {item}", "as in the repository", f"{now} on the server, and left so")
    for item in beside(resource, changes.foreign):
        way = _command("pull", "--item", str(item))
        notice(host, f"{noun} {item}", MISSING, "made on the server alone", f"{way} brings it")


def _declared(resource: Resource, item: Item) -> str:
    """With the beginning of its sum: a plan that is kept promises this content and no other."""
    return f"{_DECLARED}, SHA-256 {resource.wanted[item].first.exact[:12]}…"


def beside(resource: Resource, foreign: Collection[Item]) -> list[Item]:
    """Of what was never ours, that which stands among ours."""
    namespaces = {item.namespace for item in resource.wanted}
    return [item for item in foreign if item.namespace in namespaces]


def _acting(act: Callable[..., None], *what: object) -> FunctionCommand:
    def acted(state: State, host: Host) -> bool:
        try:
            act(host, *what)
        except NotWrittenError as error:
            host.log(str(error), log_func=logger.error)
            return False
        return True

    acted.__name__ = act.__name__
    return FunctionCommand(acted, (), {})
