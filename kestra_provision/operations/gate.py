"""The health gate: a deploy passes only when the stack is proven healthy."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.health.check import Check
from kestra_provision.health.gate import wait_until_healthy
from kestra_provision.health.verdict import observe, stranded
from kestra_provision.operations.stopping import drain_and_restart
from kestra_provision.remote import shell
from kestra_provision.run import ahead
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import refresh
from kestra_provision.run.state import of, run_of, stack_here
from kestra_provision.runbook import journey
from kestra_provision.settings import Settings
from kestra_provision.status import summary


@operation()
def healthy(settings: Settings) -> Generator[PyinfraCommand]:
    """Passes only when the stack is proven healthy; waits up to `health_timeout` for it.

    One that only a restart mends, such as one that closed its ports for ever, is restarted first.
    pyinfra has no gate. This one is no change where this run touched no container and the first
    look finds all well.
    """
    if of(host).touched:
        yield FunctionCommand(_wait, (settings, None, False), {})
        return
    refresh(host)
    verdict = observe(host, settings, anew=False)
    summary.note(host, verdict.versions)
    stack, coming = stack_here(host), ahead.of(host).fates
    touched = [service for service in stack.shown if service.name in coming]
    if verdict.healthy and not touched:
        host.noop(f"healthy: {', '.join(check.name for check in verdict.checks)}")
        return
    if verdict.healthy:
        # A plan: the gate waits for what the stack's own operation is about to touch.
        for service in touched:
            differs(host, f"container {service.container}", "healthy", "is waited for then")
        yield FunctionCommand(_wait, (settings, None, False), {})
        return
    failed = verdict.failed
    by_hand = failed.fatal and not failed.restart
    differs(host, failed.name, "healthy", failed.detail, failed.fix if by_hand else "")
    if effect := stranded(settings, verdict):
        differs(host, effect.name, "healthy", effect.detail)
    if failed.restart:
        at_it = (each.name for each in stack.services if each.container == failed.container)
        coming |= {name: "restarts" for name in at_it if name not in coming}
        yield FunctionCommand(drain_and_restart, (stack, failed.container), {})
    waits = None if failed.restart or failed.fatal else failed
    yield FunctionCommand(_wait, (settings, waits, failed.restart), {})


def say_way_on(host: Host) -> None:
    """The command that goes on; a runbook names its own."""
    if not (journey.is_under_way(host) or shell.lost(host)):
        again = run_of(host.state).commands.deploy()
        way_on = f"nothing was lost; mend the cause, then run again: {again}"
        host.log(way_on, log_func=logger.error)


def _wait(
    state: State, host: Host, settings: Settings, failed: Check | None, restarted: bool
) -> bool:
    def restart(sick: Check) -> bool:
        return drain_and_restart(state, host, stack_here(host), sick.container)

    healthy = wait_until_healthy(host, settings, failed, None if restarted else restart)
    if healthy:
        summary.note(host, observe(host, settings).versions)
    else:
        say_way_on(host)
    return healthy
