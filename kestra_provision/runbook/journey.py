"""One runbook or deploy on its way on one host: what it is, since when, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.commands import audit, identity
from kestra_provision.commands.audit import Record, Versions
from kestra_provision.commands.files import write_file
from kestra_provision.facts.running import Running
from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.facts.stack import Stack as StackFact
from kestra_provision.facts.stack import stack_arguments
from kestra_provision.remote import shell
from kestra_provision.run.observation import observed
from kestra_provision.run.options import DEPLOY, FLOWS
from kestra_provision.run.state import Journey, hosts_of, of, run_of
from kestra_provision.settings.shown import changed, recorded
from kestra_provision.stack.layout import Layout

#: They apply the settings of the inventory.
_APPLYING = (DEPLOY, "restart")
#: They have no steps, and a record only where they changed something.
_QUIET = (DEPLOY, FLOWS)


def begin(host: Host, action: str, before: Versions) -> None:
    """From here on the host has a record coming, whatever happens."""
    of_host = of(host)
    path = Layout(of_host.stack.root).settings
    settings = observed(host, SettingsRecord, path=path) if action in _APPLYING else {}
    of_host.journey = Journey(action, before, settings)


def begin_quietly(host: Host) -> None:
    """The same for a deploy or a sync of flows.

    What runs was seen with all the rest, so it costs no channel.
    """
    of_host, run = of(host), run_of(host.state)
    deploys = of_host.deploys and run.is_deploy
    if deploys or FLOWS in run.options:
        seen = observed(host, StackFact, **stack_arguments(of_host.stack))
        begin(host, DEPLOY if deploys else FLOWS, seen.versions(of_host.stack.containers))


def is_under_way(host: Host) -> bool:
    """True from the first step of a runbook to its record."""
    journey = of(host).journey
    return journey is not None and journey.action not in _QUIET


def end(host: Host, result: str, arguments: Mapping[str, Any] | None = None) -> str:
    """Appends the record; returns why it could not be, empty when it was or none was due.

    + arguments: sudo and the like, where there is no operation to ask for them
    """
    of_host = of(host)
    journey, of_host.journey = of_host.journey, None
    if journey is None:
        return ""
    run = run_of(host.state)
    stack, now = of_host.stack, recorded(of_host.settings)
    after = host.get_fact(Running, containers=stack.containers, **(arguments or {}))
    applied = changed(journey.settings, now) if journey.action in _APPLYING else []
    record = Record(
        time=journey.time,
        host=host.name,
        action=journey.action,
        operator=identity.operator(),
        reason=run.options_of(journey.action).reason,
        result=result,
        duration_s=round(monotonic() - journey.start),
        before=journey.before,
        after=after.versions(stack.containers),
        settings={each.name: (each.before, each.after) for each in applied},
    )
    layout = Layout(stack.root)
    done = _quietly(host, audit.append(layout.audit), record.line(), arguments)
    if done.ok and journey.action in _APPLYING and result == audit.HEALTHY:
        text = json.dumps(now, indent=2) + "\n"
        written = write_file(layout.settings, text, mode="600", uid=0, gid=0)
        _quietly(host, written, text, arguments)
    return "" if done.ok else f"{layout.audit}: {done.stderr.strip()}"


def quietly_ended(host: Host) -> None:
    """The record of a deploy or a sync that changed something, before its lock is let go."""
    of_host = hosts_of(host.state).get(host.name)
    if of_host is None or of_host.journey is None or of_host.journey.action not in _QUIET:
        return
    if of_host.lock is None or shell.lost(host):
        return
    failed = of_host.journey.failed
    # One that fails may have changed something; on a bare host it leaves nothing behind.
    if not _changes(host.state, host) and not (failed and any(of_host.journey.before.values())):
        return
    well = audit.HEALTHY if of_host.journey.action == DEPLOY else audit.SYNCED
    result = f"failed: {failed}" if failed else well
    if problem := end(host, result, of_host.lock.arguments):
        host.log(f"no record was written: {problem}", log_func=logger.error)


def _changes(state: State, host: Host) -> bool:
    """Whether an operation changed something."""
    metas = [data.operation_meta for data in state.ops[host].values()]
    return any(meta.is_complete() and meta.did_change() for meta in metas)


def _quietly(
    host: Host, command: StringCommand, stdin: str, arguments: Mapping[str, Any] | None
) -> shell.Result:
    given = {**(arguments or {}), "_stdin": stdin}
    return shell.run(host, command, **given, print_output=False, print_input=False)


def where_it_stands(state: State) -> list[str]:
    """For Ctrl-C: what each host has behind it, what was under way, and the way on.

    Nothing is asked: a stop that has begun goes on, so that a host would still say that it runs.
    """
    hosts = hosts_of(state)
    if not state.is_executing:
        return [f"[{name}] nothing was changed" for name in hosts]
    return [
        line
        for name, of_host in hosts.items()
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
        step = min(state.get_op_meta(op_hash).names)
        if journey.action in _QUIET:
            of_host.journey = replace(journey, failed=step)
            return
        if not shell.lost(host):
            containers = of_host.stack.containers
            seen = host.get_fact(Running, containers=containers)
            for service, name in containers.items():
                host.log(f"{name}: {seen[service]}", log_func=logger.error)
            if problem := end(host, f"failed: {step}"):
                host.log(f"no record was written: {problem}", log_func=logger.error)
        go_on = run_of(state).command(journey.action, host.name)
        host.log(f"mend the cause, then go on: {go_on}", log_func=logger.error)
