"""Flows, files and keys of the repository on the server. pyinfra knows no Kestra."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Generator, Sequence

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.kestra import writing
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
#: More deletions than this part of ours want their number, typed.
_MANY = 1 / 3


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
def removed(
    settings: Settings,
    kinds: Sequence[Resource],
    prune: bool,
    number: int | None = None,
    mine: Container[Item] = (),
) -> Generator[PyinfraCommand]:
    """Deletes ours that the repository no longer has, or names them.

    + kinds: in the order in which they go
    + prune: deletes
    + number: of all of them, as somebody typed it; a few need none
    + mine: conflicts that the repository wins
    """
    found = dict[Resource, tuple[Seen, Changes]]()
    for resource in kinds:
        seen = look(host, settings, resource)
        if isinstance(seen, str):
            host.noop(seen)
            return
        found[resource] = seen, compared(resource, seen, mine)
    left = [(resource, item) for resource, (_, each) in found.items() for item in each.remove]
    # What somebody decided by name needs no setting.
    going = [(r, i) for r, i in left if prune or not _was_left(r, found[r][0], i)]
    if number != len(going) and (refused := _refusal(found, going)):
        differs(host, "flows", _DECLARED, refused, refused)
        yield Failure(refused)
        return
    for resource, item in left:
        if (resource, item) in going:
            differs(host, f"{resource.noun} {item}", MISSING, "still on the server")
        else:
            told = "ours, no longer in the repository"
            notice(host, f"{resource.noun} {item}", MISSING, told, "flows_prune = True deletes it")
    for resource in found:
        if items := [item for each, item in going if each is resource]:
            yield _acting(writing.remove, settings, resource, items)
    if not going:
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
        yield Failure(f"{enumerated(left)} left as somebody made it on the server. {_way_out()}")


def _was_left(resource: Resource, seen: Seen, item: Item) -> bool:
    """A sync left it so: nobody has edited it since."""
    return seen.marks(resource)[item].fits(seen.live[item])


def _refusal(
    found: dict[Resource, tuple[Seen, Changes]], going: Sequence[tuple[Resource, Item]]
) -> str:
    """Why nothing is deleted though it may be; empty where nothing is against it."""
    everything = sum(len(each.remove) for _, each in found.values())
    for resource, (seen, _) in found.items():
        ours = len(seen.marks(resource).keys() & seen.live.keys())
        many = plural(ours, resource.noun)
        count = sum(1 for each, _ in going if each is resource)
        if resource.vital and ours and not resource.wanted:
            meant = _meant(len(going) or everything)
            return f"no {resource.noun}s here, {many} of ours on the server. {meant}"
        if count > ours * _MANY:
            return f"{count} of {many} would be deleted, more than a third. {_meant(len(going))}"
    return ""


def _meant(total: int) -> str:
    """The command that deletes all the same."""
    command = _command("prune", "--delete", str(total))
    return f"If that is meant, for all that would go, {total}: {command}"


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
        differs(host, f"{noun} {item}", _DECLARED, MISSING)
    for item in changes.update:
        differs(host, f"{noun} {item}", _DECLARED, "as it was before")
    for conflict in changes.conflicts:
        differs(host, f"{noun} {conflict.item}", _DECLARED, conflict.kind, _way_out())
    for item, now in resource.switched().items():
        notice(host, f"{noun} {item}", "as in the repository", f"{now} on the server, and left so")
    for item in beside(resource, changes.foreign):
        way = _command("pull", "--item", str(item))
        notice(host, f"{noun} {item}", MISSING, "made on the server alone", f"{way} brings it")


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
