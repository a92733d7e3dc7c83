"""How flows, files and keys of the repository are on the server, for people and programs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pyinfra.api.host import Host

from kestra_provision.commands.logs import SHORTEST
from kestra_provision.flows.exposed import exposed
from kestra_provision.kestra.flows import Invalid
from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.kestra.resource import Resource
from kestra_provision.kestra.synced import OLDEST, asked, look
from kestra_provision.kestra.trial import TrialError, on_trial
from kestra_provision.remote import shell
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import of
from kestra_provision.secrets.flow_secrets import known
from kestra_provision.secrets.redact import forms, redact
from kestra_provision.settings.versions import kestra_version
from kestra_provision.sync.comparison import Changes, compare
from kestra_provision.sync.item import Item
from kestra_provision.text.table import table
from kestra_provision.text.unified import unified
from kestra_provision.text.words import plural, printable

#: Of the JSON; it grows when a field is removed or changes its meaning.
VERSION = 2
SAME = "as in the repository"
ALONE = "on the server alone"


@dataclass(frozen=True)
class ItemState:
    """One item.

    + kind: flow, file or key
    + state: what a sync would do with it, in words
    + switched: `disabled` or `enabled`, by somebody on the server
    + diff: from the server to the repository, unified
    """

    kind: str
    namespace: str
    name: str
    state: str
    switched: str = ""
    diff: str = ""


@dataclass(frozen=True)
class HostFlows:
    """All of one host; `reason` says why nobody can tell."""

    name: str
    items: tuple[ItemState, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)

    @property
    def differing(self) -> list[ItemState]:
        """What a sync would change, or leave to a person."""
        return [item for item in self.items if item.state not in (SAME, ALONE)]


@dataclass(frozen=True)
class HostValidity:
    """What the server of one host calls invalid; `reason` says why it was not asked.

    + image: of the Kestra that was asked in its place
    """

    name: str
    flows: int = 0
    invalid: tuple[Invalid, ...] = ()
    reason: str = ""
    image: str = ""

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)


def flows_of(host: Host) -> HostFlows:
    """What is there; a host that goes away meanwhile is no exception."""
    here, found = of(host), list[ItemState]()
    try:
        use_sudo(host)
        secrets = known(host)
        if told := [f"{p.what}; {p.fix}" for p in exposed(here.flows.values, secrets)]:
            return HostFlows(host.name, reason="; ".join(told))
        for each in reversed(kinds_of(here.flows)):
            seen = look(host, here.settings, each, even_if_empty=True)
            if isinstance(seen, str):
                return HostFlows(host.name, reason=seen)
            marks = seen.marks(each)
            found += _items(each, compare(each.wanted, seen.live, marks), marks)
        lines = {line for text in secrets.values() for line in (text, *text.splitlines())}
        struck = {form for line in lines if len(line) >= SHORTEST for form in forms(line)}
        found = [replace(item, diff=redact(item.diff, struck)) for item in found]
    except Exception as error:
        return HostFlows(host.name, reason=shell.why(host, error))
    return HostFlows(host.name, tuple(found))


def validity_of(host: Host) -> HostValidity:
    """What the server says of all flows of the repository; it need not have any of them."""
    here = of(host)
    *_, flows = kinds_of(here.flows)
    try:
        use_sudo(host)
        with asked(host, here.settings) as kestra:
            invalid = flows.refused(kestra, flows.wanted.keys())
    except Exception as error:
        return HostValidity(host.name, reason=shell.why(host, error))
    return HostValidity(host.name, len(flows.wanted), tuple(invalid))


def validity_with(image: str, say: Callable[[str], None], host: Host) -> HostValidity:
    """What a Kestra of another image says of the repository's flows and of all of the server's.

    + say: tells what takes long
    """
    here = of(host)
    *_, flows = kinds_of(here.flows)
    version = kestra_version(image)
    if version and version < OLDEST:
        why = f"it would be {version}, and flows as code needs {OLDEST} or newer"
        return HostValidity(host.name, reason=why, image=image)
    try:
        use_sudo(host)
        with asked(host, here.settings) as kestra:
            there = flows.live(kestra, {})
        # A conflict stays on the server as it is, through a deploy and an upgrade.
        theirs = [item for item in there if flows.there(item) != flows.here(item)]
        with on_trial(host, here.settings, here.stack, image, say) as kestra:
            invalid = flows.refused(kestra, flows.wanted.keys(), theirs)
    except TrialError as error:
        return HostValidity(host.name, reason=str(error), image=image)
    except Exception as error:
        return HostValidity(host.name, reason=shell.why(host, error), image=image)
    asked_of = len(flows.wanted) + len(theirs)
    return HostValidity(host.name, asked_of, tuple(invalid), image=image)


def _items(resource: Resource, changes: Changes, ours: Container[Item]) -> Iterator[ItemState]:
    words: Mapping[str, Iterable[Item]] = {
        SAME: changes.unchanged,
        "not on the server yet": [item for item in changes.create if item not in ours],
        "deleted on the server": [item for item in changes.create if item in ours],
        "changed here": changes.update,
        "ours, no longer in the repository": changes.remove,
        ALONE: changes.foreign,
    }
    states = [(item, word) for word, items in words.items() for item in items]
    states += [(conflict.item, conflict.kind) for conflict in changes.conflicts]
    switched = resource.switched()
    for item, word in sorted(states):
        diff = "" if word in (SAME, ALONE) else _diff(resource, item)
        yield ItemState(
            resource.noun, item.namespace, item.name, word, switched.get(item, ""), diff
        )


def _diff(resource: Resource, item: Item) -> str:
    there, here = resource.there(item), resource.here(item)
    name = f"{resource.noun} {item}"
    try:
        texts = [(content or b"").decode() for content in (there, here)]
    except UnicodeDecodeError:
        sizes = [plural(len(content or b""), "byte") for content in (there, here)]
        return f"{name}: no text; {sizes[0]} on the server, {sizes[1]} here\n"
    return unified(texts[0], texts[1], (f"server: {name}", f"repository: {name}"), ends=True)


def render(hosts: list[HostFlows]) -> str:
    """A row for each item; why a host told nothing below."""
    rows = [["host", "what", "namespace", "name", "state"]]
    for host in hosts:
        rows += [[host.name, i.kind, i.namespace, i.name, _state(i)] for i in host.items]
    found = [table(rows)] if len(rows) > 1 or not any(host.reason for host in hosts) else []
    return "\n\n".join([*found, *_reasons(hosts)])


def render_diff(hosts: list[HostFlows]) -> str:
    """The difference of each item, headed by what it is; or that there is none."""
    said = list[str]()
    for host in hosts:
        for item in host.differing:
            head = f"{host.name}: {item.kind} {item.namespace}/{item.name}: {_state(item)}"
            said.append(f"{head}\n{printable(item.diff)}".strip())
        if not (host.differing or host.reason):
            said.append(f"{host.name}: all as in the repository")
    return "\n\n".join([*said, *_reasons(hosts)])


def render_validity(hosts: list[HostValidity]) -> str:
    """A line for each flow that the server refuses, with its file and the server's words."""
    said = [printable(str(each)) for host in hosts for each in host.invalid]
    for host in hosts:
        if not host.reason:
            valid = host.flows - len(host.invalid)
            by = f" for {host.image}" if host.image else ""
            said.append(f"{host.name}: {valid} of {plural(host.flows, 'flow')} valid{by}")
    return "\n".join([*said, *_reasons(hosts)])


def _reasons(hosts: Iterable[HostFlows | HostValidity]) -> list[str]:
    return [f"{host.name}: {host.reason}" for host in hosts if host.reason]


def _state(item: ItemState) -> str:
    return f"{item.state}, {item.switched} there" if item.switched else item.state
