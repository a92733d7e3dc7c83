"""What comes before a stop, and the stop: logs, running executions, containers."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from time import monotonic

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision import LABEL
from kestra_provision.commands import logs
from kestra_provision.commands.inspect import PROJECT
from kestra_provision.commands.lock import meant_stop
from kestra_provision.commands.stop_script import remove_command, restart_command, stop_command
from kestra_provision.kestra import executions
from kestra_provision.remote import shell
from kestra_provision.render.host.scripts import judgement
from kestra_provision.run.hosts import real
from kestra_provision.run.state import run_of, settings_of
from kestra_provision.secrets import redact
from kestra_provision.secrets.env import read_env
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.limits import TASKS_GRACE
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack
from kestra_provision.text.utc import now
from kestra_provision.text.words import plural


@operation()
def logs_saved(stack: Stack, action: str) -> Generator[PyinfraCommand]:
    """Saves the containers' logs on the host: a container that is made anew forgets its own."""
    yield FunctionCommand(_save_logs, (stack, action), {})


@operation()
def drained(settings: Settings, stack: Stack, timeout: int) -> Generator[PyinfraCommand]:
    """Waits for running executions, and lists those that are left.

    + timeout: seconds, 0 does not wait
    """
    if host.state.is_executing:
        drain(real(host), settings, stack, timeout)
    host.noop("a wait")
    yield from ()


@operation()
def stopped(stack: Stack, service: str, stays: bool = False) -> Generator[PyinfraCommand]:
    """Stops one service with its grace period.

    + service: its name in the stack
    + stays: it shall stay stopped, so the watch does not tell of it

    By label and without compose: a stop must succeed with a compose file or `.env` that is broken.
    What is frozen is woken first: it could not end, nor could a Kestra that waits for its answer.
    """
    yield FunctionCommand(stop_service, (stack, service, stays), {})


def _save_logs(state: State, host: Host, stack: Stack, action: str) -> bool:
    try:
        secrets = redact.secrets_in(read_env(host, stack.root), stack)
    except EnvFileError as error:
        host.log(f"skipped, because secrets in them could not be struck out: {error}")
        return True
    folder = Layout(stack.root).logs
    name = f"{now().replace(':', '').replace('-', '')}-{action}.log"
    save = logs.save(folder, name, stack.containers.values())
    result = shell.run_quietly(host, save, stdin="".join(f"{s}\n" for s in secrets) or "\n")
    if result.ok:
        host.log(f"saved: {folder}/{name}")
    elif not shell.lost(host):
        host.log(f"{folder}/{name}: {result.stderr.strip()}", log_func=logger.error)
    return result.ok


def drain(host: Host, settings: Settings, stack: Stack, timeout: int) -> None:
    """Waits for what runs, and says what it goes on with; it never ends a run.

    + timeout: seconds, 0 does not wait

    Whoever stops Kestra does so because it must. What runs then has its grace period, and is taken
    up at the next start.
    """
    host.log("new executions may still begin: Kestra's open-source edition cannot hold them back")
    # Frozen, it could not answer, nor could one that waits for its database.
    shell.run(host, StringCommand(f"sh -c {shlex.quote(_wake(stack))}"))
    began = monotonic()
    left = executions.drain(executions.Questions(host, settings, stack), timeout, say=host.log)
    grace = f"{TASKS_GRACE // 60} minutes"
    if isinstance(left, executions.Silence):
        if left.lives:
            host.log(
                "going on without an answer: Kestra did not tell within "
                f"{monotonic() - began:.0f} s what runs ({left.why}). It gives its tasks {grace}, "
                "and takes up what is left when it starts, so a task may run twice"
            )
        else:
            host.log(f"skipped: Kestra does not run, {left.why}")
        return
    if not left.total:
        host.log("no execution is running")
        return
    waited = f"after {timeout} s" if timeout else "without waiting (drain_timeout = 0)"
    host.log(
        f"going on {waited} with {plural(left.total, 'execution')} running; Kestra gives their "
        f"tasks {grace}, and takes up what is left when it starts:"
    )
    for execution in left.listed:
        host.log(f"    {execution}")


def drain_and_stop(state: State, host: Host, stack: Stack, service: str) -> bool:
    """Stops one service, after its work where it has any; an operation's function."""
    _drain_first(host, stack, stack[service])
    return stop_service(state, host, stack, service)


def drain_and_restart(state: State, host: Host, stack: Stack, container: str) -> bool:
    """Restarts one container, after its work where it has any; an operation's function."""
    before = ""
    for service in stack.services:
        if service.container == container:
            _drain_first(host, stack, service)
            before = _its_tasks(host, stack, service, "exit 0")
    host.log(f"restarting {container}; it may take minutes, running tasks may end first")
    result = shell.run_quietly(host, StringCommand(restart_command(container, before)))
    if not (result.ok or shell.lost(host)):
        host.log(f"not restarted: {result.stderr.strip()}", log_func=logger.error)
    return result.ok


def remove(state: State, host: Host, stack: Stack, container: str) -> bool:
    """Removes one container that is of no service any more; an operation's function.

    By name, as it was said. Compose's `--remove-orphans` would miss what was not made by compose,
    and take what is not ours.
    """
    host.log(f"removing {container}; its grace period comes first")
    labels = {PROJECT: stack.project, LABEL: "true"}
    result = shell.run_quietly(host, StringCommand(remove_command(container, labels)))
    if not (result.ok or shell.lost(host)):
        host.log(f"not removed: {result.stderr.strip()}", log_func=logger.error)
    return result.ok


def _drain_first(host: Host, stack: Stack, service: Service) -> None:
    if service.drains:
        drain(host, settings_of(host), stack, run_of(host.state).drain_timeout)


def _its_tasks(host: Host, stack: Stack, service: Service, again: str) -> str:
    """Shell text that waits until one that shuts down by itself has ended its tasks.

    It waits for them, and a signal would end them at once.

    + again: shell text for one that ended meanwhile, and was started again by Docker
    """
    if not service.drains:
        return ""
    return f"{judgement(settings_of(host), stack)}\nlet_tasks_end {service.name} || {again}\n"


def _wake(stack: Stack) -> str:
    """Shell text that unfreezes all containers of a stack."""
    project = shlex.quote(f"label=com.docker.compose.project={stack.project}")
    paused = f"docker ps -q --filter {project} --filter status=paused"
    return f"{paused} | xargs -r docker unpause > /dev/null"


def stop_service(state: State, host: Host, stack: Stack, service: str, stays: bool = False) -> bool:
    """Stops one service with its grace period, a frozen one too; an operation's function."""
    container, grace = stack[service].container, stack[service].stop_grace
    most = f"{grace // 60} min" if grace >= 60 else f"{grace} s"
    host.log(f"stopping {container}; it may take up to {most}")
    labels = " ".join(
        f"--filter {shlex.quote(f'label=com.docker.compose.{key}={value}')}"
        for key, value in (("project", stack.project), ("service", service))
    )
    stop = stop_command(
        f"{_wake(stack)}; docker ps -q {labels}",
        grace,
        meant=meant_stop(stack.project, service) if stays else "",
        there=f"docker ps -aq {labels}",
        before=_its_tasks(host, stack, stack[service], "true"),
    )
    result = shell.run_quietly(host, StringCommand(stop))
    if not result.ok:
        if not shell.lost(host):
            host.log(f"not stopped: {result.stderr.strip()}", log_func=logger.error)
        return False
    for stopped_id in result.stdout.split():
        host.log(f"✓ {stopped_id} stopped")
    if not result.stdout.split():
        host.log("no container running")
    return True
