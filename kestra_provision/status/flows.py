"""How flows, files and keys of the repository are on the server, for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyinfra.api.host import Host

from kestra_provision.kestra.files import Files
from kestra_provision.kestra.flows import Flows
from kestra_provision.kestra.resource import Resource
from kestra_provision.kestra.synced import look
from kestra_provision.kestra.values import Values
from kestra_provision.remote import shell
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import of
from kestra_provision.sync.comparison import Changes, compare
from kestra_provision.text.table import table

#: Of the JSON; it grows when a field is removed or changes its meaning.
VERSION = 1
SAME = "as in the repository"


@dataclass(frozen=True)
class ItemState:
    """One item.

    + kind: flow, file or key
    + state: what a sync would do with it, in words
    + disabled: somebody switched it off on the server
    """

    kind: str
    namespace: str
    name: str
    state: str
    disabled: bool = False


@dataclass(frozen=True)
class HostFlows:
    """All of one host; `reason` says why nobody can tell."""

    name: str
    items: tuple[ItemState, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)


def flows_of(host: Host) -> HostFlows:
    """What is there; a host that goes away meanwhile is no exception."""
    here, found = of(host), list[ItemState]()
    try:
        use_sudo(host)
        for each in (Flows(here.flows), Files(here.flows.files), Values(here.flows.values)):
            seen = look(host, here.settings, each)
            if isinstance(seen, str):
                return HostFlows(host.name, reason=seen)
            found += _items(each, compare(each.wanted, seen.live, seen.marks(each)))
    except Exception as error:
        return HostFlows(host.name, reason=shell.why(host, error))
    return HostFlows(host.name, tuple(found))


def _items(resource: Resource, changes: Changes) -> Iterator[ItemState]:
    words: Mapping[str, Iterable[Any]] = {
        SAME: changes.unchanged,
        "not on the server yet": changes.create,
        "changed here": changes.update,
        "ours, no longer in the repository": changes.remove,
        "on the server alone": changes.foreign,
    }
    states = [(item, word) for word, items in words.items() for item in items]
    states += [(conflict.item, conflict.kind) for conflict in changes.conflicts]
    off = resource.disabled()
    for item, word in sorted(states):
        yield ItemState(resource.noun, item.namespace, item.name, word, item in off)


def render(hosts: list[HostFlows]) -> str:
    """A row for each item; why a host told nothing below."""
    rows = [["host", "what", "namespace", "name", "state"]]
    for host in hosts:
        rows += [[host.name, i.kind, i.namespace, i.name, _state(i)] for i in host.items]
    reasons = [f"{host.name}: {host.reason}" for host in hosts if host.reason]
    return "\n\n".join([table(rows), *reasons])


def _state(item: ItemState) -> str:
    return f"{item.state}, disabled there" if item.disabled else item.state
