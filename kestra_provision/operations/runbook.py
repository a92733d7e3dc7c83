"""Steps of the runbooks. Each acts when it is executed, and only tells in a plan."""

from __future__ import annotations

import json
import shlex
from collections.abc import Generator

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands import audit
from kestra_provision.drift.check import evaluate
from kestra_provision.facts import stack as facts
from kestra_provision.facts.running import Running
from kestra_provision.remote import shell
from kestra_provision.run.failure import Failure
from kestra_provision.run.hosts import real
from kestra_provision.run.observation import observed
from kestra_provision.run.options import Restart
from kestra_provision.run.state import run_of
from kestra_provision.runbook import expected, journey
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack


@operation()
def checked(stack: Stack, options: Restart) -> Generator[PyinfraCommand]:
    """Asks the deploy's operations that follow in this run what they would change.

    + options: `accept_drift` goes on all the same

    A restart applies what is declared. What somebody changed on the host meanwhile would be
    overwritten by it, so that is shown first.
    """
    if not host.state.is_executing:
        host.noop("the drift check looks when the runbook is executed")
        return
    later = host.op_hash_order[host.op_hash_order.index(str(host.current_op_hash)) + 1 :]
    names = {h: min(host.state.get_op_meta(h).names) for h in later}
    hashes = [h for h in later if not names[h].startswith("restart | ")]
    found = [
        f
        for f in evaluate(host.state, real(host), hashes)
        if f.severity == "drift" and not expected.of_a_restart(f, _seen(stack), stack, options.pull)
    ]
    for f in found:
        host.log(f"drift: {f.stage}: {f.what}: {f.actual}; declared: {f.declared}")
    if found and not options.accept_drift:
        go_on = run_of(host.state).command("restart", host.name, "--accept-drift")
        yield Failure(
            f"not as declared, see above; nothing was changed. To put it back and restart: {go_on}"
        )
    elif found:
        host.log("accepted; it is put back on the way")


@operation()
def announced(skipped: str = "") -> Generator[PyinfraCommand]:
    """Heads what follows, or says why nothing does.

    + skipped: why a step is left out
    """
    if skipped and host.state.is_executing:
        host.log(f"skipped: {skipped}")
    host.noop("a heading")
    yield from ()


@operation()
def starting() -> Generator[PyinfraCommand]:
    """Heads the stages of the deploy after a stop, and is a change in a plan only.

    The plan looks at a stack that still runs, so to the stage that starts it nothing is to do.
    """
    if not host.state.is_executing:
        yield StringCommand("true")
    host.noop("a heading")


@operation()
def begun(action: str, stack: Stack) -> Generator[PyinfraCommand]:
    """Shows what runs now, and keeps it for the record.

    + action: the runbook
    """
    if host.state.is_executing:
        seen = host.get_fact(Running, containers=stack.containers)
        for service, name in stack.containers.items():
            host.log(f"{name}: {seen[service]}")
        journey.begin(host, action, seen.versions(stack.containers))
    host.noop("a look")
    yield from ()


@operation()
def judged(settings: Settings) -> Generator[PyinfraCommand]:
    """Asks the host's own health check, which its watch and its operators ask as well."""
    if host.state.is_executing and (problem := _overall_health(real(host), settings)):
        yield Failure(problem)
    host.noop("a look")


@operation()
def recorded(result: str) -> Generator[PyinfraCommand]:
    """Appends the record of this run to the host's audit file."""
    yield FunctionCommand(_record, (result,), {})


def _seen(stack: Stack) -> facts.StackSeen:
    return observed(host, facts.Stack, **facts.stack_arguments(stack))


def _overall_health(host: Host, settings: Settings) -> str:
    """What is wrong; empty when the host calls it healthy."""
    script = Layout(settings.root_dir).health_check
    command = f"[ -x {shlex.quote(script)} ] || exit 127; {shlex.quote(script)}"
    result = shell.run(host, StringCommand(f"sh -c {shlex.quote(command)}"))
    try:
        overall = json.loads(result.stdout)["overallHealth"]
    except (ValueError, KeyError, TypeError):
        return f"{script} did not tell: {result.stderr.strip() or 'is missing'}"
    host.log(f"overallHealth={overall}")
    return "" if overall == audit.HEALTHY else f"{script} says {result.stdout.strip()}"


def _record(state: State, host: Host, result: str) -> bool:
    if problem := journey.end(host, result):
        host.log(f"no record was written: {problem}", log_func=logger.error)
        return False
    return True
