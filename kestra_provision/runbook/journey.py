"""One runbook on its way on one host: what it is, since when, and how it ended."""

from __future__ import annotations

from time import monotonic

from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.commands import audit, identity
from kestra_provision.commands.audit import Record, Versions
from kestra_provision.facts.running import Running
from kestra_provision.remote import shell
from kestra_provision.run.state import Journey, hosts_of, of, run_of
from kestra_provision.stack.layout import Layout


def begin(host: Host, action: str, before: Versions) -> None:
    """From here on the host has a record coming, whatever happens."""
    of(host).journey = Journey(action, before)


def is_under_way(host: Host) -> bool:
    """True from the first step of a runbook to its record."""
    return of(host).journey is not None


def end(host: Host, result: str) -> str:
    """Appends the record; returns why it could not be, empty when it was or none was due."""
    of_host = of(host)
    journey, of_host.journey = of_host.journey, None
    if journey is None:
        return ""
    stack = of_host.stack
    after = host.get_fact(Running, containers=stack.containers)
    record = Record(
        time=journey.time,
        host=host.name,
        action=journey.action,
        operator=identity.operator(),
        reason=run_of(host.state).options_of(journey.action).reason,
        result=result,
        duration_s=round(monotonic() - journey.start),
        before=journey.before,
        after=after.versions(stack.containers),
    )
    path = Layout(stack.root).audit
    done = shell.run_quietly(host, audit.append(path), stdin=record.line())
    return "" if done.ok else f"{path}: {done.stderr.strip()}"


def where_it_stands(state: State) -> list[str]:
    """For Ctrl-C: what each host has behind it, what was under way, and the way on.

    Nothing is asked: a stop that has begun goes on, so that a host would still say that it runs.
    """
    return [
        line
        for name, of_host in hosts_of(state).items()
        if of_host.journey
        for line in _standing(state, state.inventory.get_host(name), of_host.journey)
    ]


def _standing(state: State, host: Host, journey: Journey) -> list[str]:
    operations = state.ops[host]
    done, now = [], "nothing"
    for each in host.op_hash_order:
        name, meta = min(state.get_op_meta(each).names), operations[each].operation_meta
        if each == host.executing_op_hash:
            now = f"{name} (what it began may go on on the host)"
        elif meta.is_complete() and meta.did_change():
            done.append(name)
    return [
        f"[{host.name}] done: {'; '.join(done) or 'nothing was changed'}",
        f"[{host.name}] under way: {now}",
        f"[{host.name}] go on: {run_of(state).command(journey.action, host.name)}",
    ]


class Failing(BaseStateCallback):
    """Says the state a failed runbook leaves behind and the way on, and records the failure."""

    @staticmethod
    def operation_host_error(
        state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        of_host = of(host)
        journey = of_host.journey
        if journey is None:
            return
        if not shell.lost(host):
            containers = of_host.stack.containers
            seen = host.get_fact(Running, containers=containers)
            for service, name in containers.items():
                host.log(f"{name}: {seen[service]}", log_func=logger.error)
            if problem := end(host, f"failed: {min(state.get_op_meta(op_hash).names)}"):
                host.log(f"no record was written: {problem}", log_func=logger.error)
        go_on = run_of(state).command(journey.action, host.name)
        host.log(f"mend the cause, then go on: {go_on}", log_func=logger.error)
