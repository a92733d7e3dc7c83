"""One runbook on its way on one host: what it is, since when, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.commands import identity
from kestra_provision.facts.running import Running
from kestra_provision.remote import shell
from kestra_provision.run import invocation
from kestra_provision.runbook import audit
from kestra_provision.runbook.audit import Record, Versions
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout


@dataclass(frozen=True)
class Journey:
    """+ before: what ran when it began"""

    host: Host
    action: str
    settings: Settings
    before: Versions
    time: str = field(default_factory=audit.now)
    start: float = field(default_factory=monotonic)


_under_way: dict[str, Journey] = {}


def begin(host: Host, action: str, settings: Settings, before: Versions) -> None:
    """From here on the host has a record coming, whatever happens."""
    _under_way[host.name] = Journey(host, action, settings, before)


def is_under_way(host: Host) -> bool:
    """True from the first step of a runbook to its record."""
    return host.name in _under_way


def end(host: Host, result: str) -> str:
    """Appends the record; returns why it could not be, empty when it was or none was due."""
    journey = _under_way.pop(host.name, None)
    if journey is None:
        return ""
    settings = journey.settings
    after = host.get_fact(Running, containers=settings.containers)
    record = Record(
        time=journey.time,
        host=host.name,
        action=journey.action,
        operator=identity.operator(),
        reason=invocation.options_of(journey.action).reason,
        result=result,
        duration_s=round(monotonic() - journey.start),
        before=journey.before,
        after=Versions.of(after),
    )
    path = Layout(settings.root_dir).audit
    done = shell.run_quietly(host, audit.append(path), stdin=record.line())
    return "" if done.ok else f"{path}: {done.stderr.strip()}"


def where_it_stands() -> list[str]:
    """For Ctrl-C: what each host has behind it, what was under way, and the way on.

    Nothing is asked: a stop that has begun goes on, so that a host would still say that it runs.
    """
    return [line for journey in _under_way.values() for line in _standing(journey)]


def _standing(journey: Journey) -> list[str]:
    host, operations = journey.host, journey.host.state.ops[journey.host]
    done, now = [], "nothing"
    for each in host.op_hash_order:
        name, meta = min(host.state.get_op_meta(each).names), operations[each].operation_meta
        if each == host.executing_op_hash:
            now = f"{name} (what it began may go on on the host)"
        elif meta.is_complete() and meta.did_change():
            done.append(name)
    return [
        f"[{host.name}] done: {'; '.join(done) or 'nothing was changed'}",
        f"[{host.name}] under way: {now}",
        f"[{host.name}] go on: {invocation.command(journey.action, host.name)}",
    ]


class Failing(BaseStateCallback):
    """Says the state a failed runbook leaves behind and the way on, and records the failure."""

    def operation_host_error(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        journey = _under_way.get(host.name)
        if journey is None:
            return
        if not shell.lost(host):
            seen = host.get_fact(Running, containers=journey.settings.containers)
            for service, name in journey.settings.containers.items():
                host.log(f"{name}: {seen[service]}", log_func=logger.error)
            if problem := end(host, f"failed: {min(state.get_op_meta(op_hash).names)}"):
                host.log(f"no record was written: {problem}", log_func=logger.error)
        go_on = invocation.command(journey.action, host.name)
        host.log(f"mend the cause, then go on: {go_on}", log_func=logger.error)
