"""What comes before a stop, and the stop: logs, running executions, containers."""

from __future__ import annotations

import shlex
from collections.abc import Generator

import httpx
from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands import audit, logs
from kestra_provision.kestra import executions
from kestra_provision.remote import shell
from kestra_provision.run.hosts import real
from kestra_provision.secrets import redact
from kestra_provision.secrets.env import read_env
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.limits import TASKS_GRACE
from kestra_provision.stack.stack import Stack
from kestra_provision.text.words import plural


@operation()
def logs_saved(stack: Stack, action: str) -> Generator[PyinfraCommand]:
    """Saves the containers' logs on the host: a container that is made anew forgets its own."""
    yield FunctionCommand(_save_logs, (stack, action), {})


@operation()
def drained(settings: Settings, timeout: int) -> Generator[PyinfraCommand]:
    """Waits for running executions, and lists those that are left.

    + timeout: seconds, 0 does not wait
    """
    if host.state.is_executing:
        _drain(real(host), settings, timeout)
    host.noop("a wait")
    yield from ()


@operation()
def stopped(stack: Stack, service: str) -> Generator[PyinfraCommand]:
    """Stops one service with its grace period.

    + service: its name in the stack

    By label and without compose: a stop must succeed with a compose file or `.env` that is broken.
    What is frozen is woken first: it could not end, nor could a Kestra that waits for its answer.
    """
    yield FunctionCommand(stop_service, (stack, service), {})


def _save_logs(state: State, host: Host, stack: Stack, action: str) -> bool:
    try:
        secrets = redact.secrets_in(read_env(host, stack.root), stack)
    except EnvFileError as error:
        host.log(f"skipped, because secrets in them could not be struck out: {error}")
        return True
    folder = Layout(stack.root).logs
    name = f"{audit.now().replace(':', '').replace('-', '')}-{action}.log"
    save = logs.save(folder, name, stack.containers.values())
    result = shell.run_quietly(host, save, stdin="".join(f"{s}\n" for s in secrets) or "\n")
    if result.ok:
        host.log(f"saved: {folder}/{name}")
    elif not shell.lost(host):
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
        f"going on {waited} with {plural(left.total, 'execution')} running; Kestra gives their "
        f"tasks {TASKS_GRACE // 60} minutes, and takes up what is left when it starts:"
    )
    for execution in left.listed:
        host.log(f"    {execution}")


def stop_service(state: State, host: Host, stack: Stack, service: str) -> bool:
    """Stops one service with its grace period, a frozen one too; an operation's function."""
    container, grace = stack[service].container, stack[service].stop_grace
    most = f"{grace // 60} min" if grace >= 60 else f"{grace} s"
    host.log(f"stopping {container}; it may take up to {most}")
    ours, this = (
        f"docker ps -q --filter {shlex.quote(f'label=com.docker.compose.{key}={value}')}"
        for key, value in (("project", stack.project), ("service", service))
    )
    stop = (
        f"{ours} --filter status=paused | xargs -r docker unpause > /dev/null; "
        f"ids=$({ours} {this.removeprefix('docker ps -q ')}) || exit 1; "
        f"for i in $ids; do docker stop -t {grace} $i || exit 1; done"
    )
    result = shell.run(host, StringCommand(f"sh -c {shlex.quote(stop)}"))
    if not result.ok:
        if not shell.lost(host):
            host.log(f"not stopped: {result.stderr.strip()}", log_func=logger.error)
        return False
    for stopped_id in result.stdout.split():
        host.log(f"✓ {stopped_id} stopped")
    if not result.stdout.split():
        host.log("no container running")
    return True
