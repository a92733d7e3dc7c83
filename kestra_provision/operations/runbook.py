"""Steps of the runbooks. Each acts when it is executed, and only tells in a plan."""

from __future__ import annotations

import json
import shlex
from collections.abc import Generator

import httpx
from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision import audit, remote, saved_logs
from kestra_provision.audit import Versions
from kestra_provision.drift.check import evaluate
from kestra_provision.env_file import EnvFileError
from kestra_provision.facts.running import Running
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.host_env import read_env
from kestra_provision.kestra import executions
from kestra_provision.layout import Layout
from kestra_provision.observation import observed
from kestra_provision.operations.failure import Failure
from kestra_provision.runbook import expected, invocation, journey
from kestra_provision.runbook.options import Restart
from kestra_provision.settings import Settings

#: Seconds. Kestra lets running tasks end for five minutes; Docker's own 10 s would kill them.
GRACE = {"kestra": 360, "postgres": 60}


@operation()
def checked(settings: Settings, options: Restart) -> Generator[PyinfraCommand]:
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
        for f in evaluate(host.state, _bare(), hashes)
        if f.severity == "drift"
        and not expected.of_a_restart(f, _stack(settings), settings, options.pull)
    ]
    for f in found:
        host.log(f"drift: {f.stage}: {f.what}: {f.actual}; declared: {f.declared}")
    if found and not options.accept_drift:
        go_on = invocation.command("restart", host.name, "--accept-drift")
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
def begun(action: str, settings: Settings) -> Generator[PyinfraCommand]:
    """Shows what runs now, and keeps it for the record.

    + action: the runbook
    """
    if host.state.is_executing:
        seen = host.get_fact(Running, containers=settings.containers)
        for service, name in settings.containers.items():
            host.log(f"{name}: {seen[service]}")
        journey.begin(_bare(), action, settings, Versions.of(seen))
    host.noop("a look")
    yield from ()


@operation()
def logs_saved(settings: Settings, action: str) -> Generator[PyinfraCommand]:
    """Saves both containers' logs on the host: a container that is made anew forgets its own."""
    yield FunctionCommand(_save_logs, (settings, action), {})


@operation()
def drained(settings: Settings, timeout: int) -> Generator[PyinfraCommand]:
    """Waits for running executions, and lists those that are left.

    + timeout: seconds, 0 does not wait
    """
    if host.state.is_executing:
        _drain(_bare(), settings, timeout)
    host.noop("a wait")
    yield from ()


@operation()
def stopped(settings: Settings, service: str) -> Generator[PyinfraCommand]:
    """Stops one service with its grace period.

    + service: `kestra` or `postgres`

    By label and without compose: a stop must succeed with a compose file or `.env` that is broken.
    What is frozen is woken first: it could not end, nor could a Kestra that waits for its answer.
    """
    yield FunctionCommand(_stop, (settings, service), {})


@operation()
def judged(settings: Settings) -> Generator[PyinfraCommand]:
    """Asks the host's own health check, which its watch and its operators ask as well."""
    if host.state.is_executing and (problem := _overall_health(_bare(), settings)):
        yield Failure(problem)
    host.noop("a look")


@operation()
def recorded(result: str) -> Generator[PyinfraCommand]:
    """Appends the record of this run to the host's audit file."""
    yield FunctionCommand(_record, (result,), {})


def _bare() -> Host:
    """pyinfra's `host` is another one in each greenlet; what outlives the operation needs it."""
    found: Host = host.state.inventory.get_host(host.name)
    return found


def _stack(settings: Settings) -> StackSeen:
    return observed(
        host,
        Stack,
        root_dir=settings.root_dir,
        project=settings.project_name,
        references=list(settings.images.values()),
    )


def _save_logs(state: State, host: Host, settings: Settings, action: str) -> bool:
    try:
        secrets = saved_logs.secrets_in(read_env(host, settings.root_dir), settings)
    except EnvFileError as error:
        host.log(f"skipped, because secrets in them could not be struck out: {error}")
        return True
    folder = Layout(settings.root_dir).logs
    name = f"{audit.now().replace(':', '').replace('-', '')}-{action}.log"
    save = saved_logs.save(folder, name, settings.containers.values())
    result = remote.run_quietly(host, save, stdin="".join(f"{s}\n" for s in secrets) or "\n")
    if result.ok:
        host.log(f"saved: {folder}/{name}")
    elif not remote.lost(host):
        host.log(f"{folder}/{name}: {result.stderr.strip()}", log_func=logger.error)
    return result.ok


def _drain(host: Host, settings: Settings, timeout: int) -> None:
    host.log("new executions may still begin: Kestra's open-source edition cannot hold them back")
    try:
        env = read_env(host, settings.root_dir)
        left = executions.drain(
            lambda: executions.under_way(host, settings, env), timeout, say=host.log
        )
    except httpx.HTTPStatusError as error:
        host.log(
            f"skipped: Kestra does not tell what runs, it answers {error.response.status_code}"
        )
        return
    except (httpx.HTTPError, EnvFileError, KeyError, TypeError, ValueError) as error:
        host.log(f"skipped: Kestra does not tell what runs ({str(error) or 'no answer'})")
        return
    if not left.total:
        host.log("no execution is running")
        return
    waited = f"after {timeout} s" if timeout else "without waiting (drain_timeout = 0)"
    host.log(
        f"going on {waited} with {executions.count(left.total)} running; Kestra gives their tasks "
        f"{GRACE['kestra'] // 60 - 1} minutes, and takes up what is left when it starts:"
    )
    for execution in left.listed:
        host.log(f"    {execution}")


def _stop(state: State, host: Host, settings: Settings, service: str) -> bool:
    grace = GRACE[service]
    host.log(f"stopping {settings.containers[service]}; it may take up to {grace // 60} min")
    ours, this = (
        f"docker ps -q --filter {shlex.quote(f'label=com.docker.compose.{key}={value}')}"
        for key, value in (("project", settings.project_name), ("service", service))
    )
    stop = (
        f"{ours} --filter status=paused | xargs -r docker unpause > /dev/null; "
        f"ids=$({ours} {this.removeprefix('docker ps -q ')}) || exit 1; "
        f"for i in $ids; do docker stop -t {grace} $i || exit 1; done"
    )
    result = remote.run(host, StringCommand(f"sh -c {shlex.quote(stop)}"))
    if not result.ok:
        if not remote.lost(host):
            host.log(f"not stopped: {result.stderr.strip()}", log_func=logger.error)
        return False
    for container in result.stdout.split():
        host.log(f"✓ {container} stopped")
    if not result.stdout.split():
        host.log("no container running")
    return True


def _overall_health(host: Host, settings: Settings) -> str:
    """What is wrong; empty when the host calls it healthy."""
    script = Layout(settings.root_dir).health_check
    command = f"[ -x {shlex.quote(script)} ] || exit 127; {shlex.quote(script)}"
    result = remote.run(host, StringCommand(f"sh -c {shlex.quote(command)}"))
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
