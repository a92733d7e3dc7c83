"""Flows of the repository, brought to the server: fact, compare, write."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx
from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.files import write_file
from kestra_provision.facts.flows_record import FlowsRecord
from kestra_provision.flows import record
from kestra_provision.flows.comparison import Changes, Mark, compare
from kestra_provision.flows.order import in_order
from kestra_provision.flows.source import FlowId
from kestra_provision.flows.tree import Tree
from kestra_provision.kestra import access
from kestra_provision.kestra import flows as api
from kestra_provision.kestra.client import Kestra, connected
from kestra_provision.remote import shell
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs, notice
from kestra_provision.run.observation import observed
from kestra_provision.run.state import stack_here
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.text.difference import MISSING
from kestra_provision.text.words import plural

Take = Literal["", "mine"]
_TAKE = "kestra-provision flows diff shows it; then flows apply --take mine, or flows pull"
#: More deletions than this part of ours want their number, typed.
_MANY = 1 / 3
_SAID_EACH = 50


@dataclass(frozen=True)
class Seen:
    """What the server has, and how the last sync left it."""

    live: Mapping[FlowId, str]
    marks: Mapping[FlowId, Mark]


@operation()
def synced(
    settings: Settings, tree: Tree, take: Take = "", deletes: int | None = None
) -> Generator[PyinfraCommand]:
    """Creates and updates the flows of the repository, and deletes ours that it no longer has.

    + tree: the repository's flows, none of them with a problem
    + take: `mine` overwrites what somebody changed on the server
    + deletes: how many may be deleted, as somebody typed it; None for a few

    Nothing is written unless the server finds all of it valid. What a failure leaves half done is
    put back. pyinfra knows no Kestra.
    """
    seen = look(host, settings)
    if isinstance(seen, str):
        if not tree.flows:
            host.noop("no flows here")
            return
        differs(host, "flows", f"{plural(len(tree.flows), 'flow')} on the server", seen)
        yield FunctionCommand(_apply, (settings, tree, take, deletes), {})
        return
    changes = compare(tree.sources, seen.live, seen.marks, take)
    if refused := _refusal(settings, tree, seen, changes, deletes):
        differs(host, "flows", "as in the repository", refused)
        yield Failure(refused)
        return
    _say(settings, changes)
    if _writes(settings, changes) or changes.marks != _ours(seen, changes):
        yield FunctionCommand(_apply, (settings, tree, take, deletes), {})
    else:
        host.noop(f"{plural(len(changes.unchanged), 'flow')} as in the repository")
    if changes.conflicts:
        several = plural(len(changes.conflicts), "flow")
        yield Failure(f"{several} left as somebody made them on the server. {_TAKE}")


def look(host: Host, settings: Settings) -> Seen | str:
    """The flows of the server now; why nobody can tell, in words."""
    marks = record.read(observed(host, FlowsRecord, path=Layout(settings.root_dir).flows))
    found = access.look(host, settings, stack_here(host))
    if not found.lives:
        return "Kestra does not run yet"
    try:
        with connected(host, settings, found) as kestra:
            return Seen(api.export(kestra, {}), marks)
    except (httpx.HTTPError, ValueError) as error:
        return f"Kestra does not tell: {error}"


def _refusal(
    settings: Settings, tree: Tree, seen: Seen, changes: Changes, deletes: int | None
) -> str:
    ours = len(seen.marks.keys() & seen.live.keys())
    if ours and not tree.flows:
        return (
            f"no flows here, {ours} of ours on the server: is {', '.join(settings.flows)} the "
            "right folder? To delete them all: kestra-provision flows prune"
        )
    number = len(changes.remove) if settings.flows_prune else 0
    if number > ours * _MANY and deletes != number:
        return (
            f"{number} of {ours} flows would be deleted: more than a third. "
            f"If that is meant: kestra-provision flows apply --delete {number}"
        )
    return ""


def _say(settings: Settings, changes: Changes) -> None:
    for flow in changes.create:
        differs(host, f"flow {flow}", "as in the repository", MISSING)
    for flow in changes.update:
        differs(host, f"flow {flow}", "as in the repository", "an earlier source")
    for conflict in changes.conflicts:
        differs(host, f"flow {conflict.flow}", "as in the repository", conflict.kind, _TAKE)
    for flow in changes.remove:
        if settings.flows_prune:
            differs(host, f"flow {flow}", MISSING, "still on the server")
        else:
            fix = "flows_prune = True deletes it"
            notice(host, f"flow {flow}", MISSING, "ours, no longer in the repository", fix)
    for flow in changes.disabled:
        notice(host, f"flow {flow}", "enabled", "disabled on the server, and left so")


def _writes(settings: Settings, changes: Changes) -> bool:
    return bool(changes.create or changes.update or (settings.flows_prune and changes.remove))


def _ours(seen: Seen, changes: Changes) -> dict[FlowId, Mark]:
    return {flow: seen.marks[flow] for flow in changes.marks if flow in seen.marks}


def _apply(
    state: State, host: Host, settings: Settings, tree: Tree, take: Take, deletes: int | None
) -> bool:
    """Looks once more, validates, notes what it is about to write, writes, notes what it wrote."""
    seen = look(host, settings)
    if isinstance(seen, str):
        return _failed(host, seen)
    changes = compare(tree.sources, seen.live, seen.marks, take)
    if refused := _refusal(settings, tree, seen, changes, deletes):
        return _failed(host, refused)
    sync = _Sync(host, settings, tree, seen, changes)
    try:
        with connected(host, settings, access.look(host, settings, stack_here(host))) as kestra:
            return sync.run(kestra)
    except (httpx.HTTPError, ValueError) as error:
        return _failed(host, f"Kestra does not answer: {error}; run the same command again")


@dataclass(frozen=True)
class _Sync:
    host: Host
    settings: Settings
    tree: Tree
    seen: Seen
    changes: Changes

    def run(self, kestra: Kestra) -> bool:
        writes = {**self.changes.create, **self.changes.update}
        if refused := api.validate(kestra, writes):
            files = {flow.id: flow.file for flow in self.tree.flows}
            for each in refused:
                self.host.log(f"{files[each.flow]}: {each.why}", log_func=logger.error)
            bad = plural(len(refused), "flow")
            return _failed(self.host, f"Kestra refuses {bad}; nothing was written")
        coming = {flow: Mark.of(text) for flow, text in writes.items()}
        marks = {**self.seen.marks, **self.changes.marks}
        before = {flow: mark.or_else(marks.get(flow)) for flow, mark in coming.items()}
        if writes and not self._note({**marks, **before}):
            return False
        if not self._write(kestra, writes):
            return False
        gone = self._removed(kestra)
        after = {**marks, **coming}
        kept = {flow: mark for flow, mark in after.items() if flow not in gone}
        return self._note({f: m for f, m in kept.items() if f in self.seen.live or f in coming})

    def _write(self, kestra: Kestra, writes: Mapping[FlowId, str]) -> bool:
        calls = {flow.id: flow.names.calls for flow in self.tree.flows}
        done = list[FlowId]()
        try:
            for flow in in_order(writes, calls):
                api.put(kestra, flow, writes[flow], there=flow in self.changes.update)
                done.append(flow)
                if len(done) % _SAID_EACH == 0:
                    self.host.log(f"{len(done)} of {len(writes)} flows written")
        except httpx.HTTPError as error:
            why = f"{flow}: {_words(error)}"
            return _failed(self.host, f"{why}; {self._put_back(kestra, [*done, flow])}")
        return True

    def _put_back(self, kestra: Kestra, done: list[FlowId]) -> str:
        try:
            for flow in reversed(done):
                if flow in self.seen.live:
                    api.put(kestra, flow, self.seen.live[flow], there=True)
                else:
                    api.delete(kestra, flow)
        except httpx.HTTPError:
            return "what was written before it stays; run the same command again, it continues"
        return "what was written before it was put back"

    def _removed(self, kestra: Kestra) -> set[FlowId]:
        gone = set[FlowId]()
        for flow in self.changes.remove if self.settings.flows_prune else ():
            api.delete(kestra, flow)
            self.host.log(f"✓ {flow} deleted")
            gone.add(flow)
        return gone

    def _note(self, marks: Mapping[FlowId, Mark]) -> bool:
        path = Layout(self.settings.root_dir).flows
        text = record.written(marks)
        command = write_file(path, text, mode="600", uid=0, gid=0)
        result = shell.run_quietly(self.host, command, stdin=text)
        return result.ok or _failed(self.host, f"{path}: {result.stderr.strip()}")


def _words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        try:
            return str(error.response.json()["message"])
        except (ValueError, KeyError, TypeError):
            return f"Kestra answers {error.response.status_code}"
    return str(error) or "no answer"


def _failed(host: Host, why: str) -> bool:
    host.log(why, log_func=logger.error)
    return False
