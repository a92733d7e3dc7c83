"""The compose project, brought to what is declared."""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import replace

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.compose import compose, wake
from kestra_provision.facts import stack as facts
from kestra_provision.facts.survey import Survey, survey_arguments
from kestra_provision.health.gate import explain, look
from kestra_provision.operations import databases
from kestra_provision.operations.gate import say_way_on
from kestra_provision.operations.outlook import fates, foreseen
from kestra_provision.operations.stopping import drain_and_restart, drain_and_stop, remove
from kestra_provision.preflight.ports import taken_ports
from kestra_provision.remote import shell
from kestra_provision.run import ahead
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import at_hand, observed, refresh
from kestra_provision.run.state import of, settings_of
from kestra_provision.secrets.env import observed_env
from kestra_provision.secrets.recovered import remains, remains_look, started_with
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.stack.service import Database, Service
from kestra_provision.stack.stack import Stack


@operation()
def up(stack: Stack) -> Generator[PyinfraCommand]:
    """Runs `docker compose up` when the live stack is not the declared one.

    A frozen, unhealthy or renamed container is no difference to compose, so those are woken,
    restarted or named as they were first. pyinfra's `docker.compose` runs on each deploy, checks
    nothing before and waits for nothing after.
    """
    refresh(host)
    seen = observed(host, facts.Stack, **facts.stack_arguments(stack))
    seen = foreseen(host, stack, seen)
    differences = seen.differences(stack.containers, stack.images, stack.networks)
    edited = _edited_secrets(stack, bool(differences))
    # Compose does not know: it is told by the file's sum, and only when that was written.
    differences = {**started_with(stack, edited), **differences}
    unmade = databases.unmade(host, settings_of(host), stack)
    if not (differences or unmade.broken):
        host.noop("all containers are as declared")
        return
    orphans = seen.orphans(stack.containers)
    for name, reason in differences.items():
        differs(host, f"container {name}", "runs as declared", reason)
    for database, detail in unmade.broken:
        differs(host, f"database {database.name}", f"there, and of role {database.user}", detail)
    seen = seen.of_services(stack.containers)
    released = _released(seen, stack, [database for database, _ in unmade.broken])
    coming = ahead.of(host)
    coming.fates |= fates(stack, seen, orphans, differences, released, coming.docker_silent)
    of(host).touched = not ahead.is_all(host)
    for name in edited:
        differs(host, f".env: {name}", "what the containers were made with", "another one")
    # Nothing is stopped for a compose that could not start it again.
    yield FunctionCommand(_accepted, (stack,), {})
    for name in seen.paused:
        yield wake(name)
    ended = _ended(seen, stack, released)
    for service in ended:
        yield FunctionCommand(drain_and_stop, (stack, service.name), {})
    # After who may work with it, and before who wants its name or its ports.
    for name in orphans:
        yield FunctionCommand(remove, (stack, name), {})
    for name in seen.unhealthy:
        if name not in [service.container for service in ended]:
            yield FunctionCommand(drain_and_restart, (stack, name), {})
    for right, present in seen.renamed(stack.containers).items():
        yield StringCommand("docker rename", QuoteString(present), QuoteString(right))
    for server in unmade.servers:
        yield FunctionCommand(_make, (stack, server), {})
    if made_anew := seen.recreated(stack.networks):
        recreate = f"up -d --pull never --no-build --force-recreate {' '.join(made_anew)}"
        yield StringCommand(compose(stack.root, recreate))
    yield FunctionCommand(_up, (stack,), {})


def _edited_secrets(stack: Stack, certainly: bool) -> list[str]:
    """By name: the hash of a container does not tell which value it was.

    + certainly: something differs, so it is worth a question if it was not asked yet
    """
    found = at_hand(host, remains_look(stack)) or (remains(host, stack) if certainly else None)
    try:
        return found.edited(observed_env(host, stack.root)) if found else []
    except EnvFileError:
        return []


def _accepted(state: State, host: Host, stack: Stack) -> bool:
    # Its complaint could quote a line of .env, so only its verdict counts.
    check = StringCommand(compose(stack.root, "config --quiet"))
    result = shell.run_quietly(host, check)
    if not (result.ok or shell.lost(host)):
        host.log(
            f"docker compose does not accept compose.yaml or .env in {stack.root}; nothing "
            f"was stopped. What it says: {check}",
            log_func=logger.error,
        )
    return result.ok


def _released(seen: facts.StackSeen, stack: Stack, broken: Collection[Database]) -> list[Service]:
    """Who must be stopped before what it needs is changed, and is started after it.

    + broken: databases that are made again

    A database that goes away under a live Kestra strands its executions (kestra#8356). One that
    was frozen leaves it deaf: the ports close after half a minute, for ever, and Docker needs
    longer to call it unhealthy. One that comes up on an empty volume is filled by those only that
    start after it. What is found again by itself is waited for only where it is ended by us: what
    works on it must end before, and one that is down already has nothing to lose.
    """
    touched = [
        service
        for service in stack.services
        if (_is_made_anew if service.rejoined else _is_touched)(seen, service)
    ]
    return [
        service
        for service in stack.shown
        if _is_alive(seen, service)
        and (service.database in broken or any(each.name in service.needs for each in touched))
    ]


def _ended(seen: facts.StackSeen, stack: Stack, released: Collection[Service]) -> list[Service]:
    """Who is stopped by us: those, and whom compose would stop to make it anew.

    It would lose a stop that meets a restart, and waits for no execution.
    """
    return [
        service for service in stack.shown if service in released or _is_made_anew(seen, service)
    ]


def _is_made_anew(seen: facts.StackSeen, service: Service) -> bool:
    """It lives, and compose makes another one; one that is only frozen or unwell stays.

    By label, as compose knows it: somebody may have renamed it.
    """
    found = next((c for c in seen.containers.values() if c.service == service.name), None)
    if found is None or found.status == "restarting":
        return found is not None
    if not found.alive:
        return False
    well = replace(found, status="running", health="")
    now = replace(seen, containers={**seen.containers, found.name: well})
    return now.difference(found.name, service.image, service.networks) is not None


def _is_alive(seen: facts.StackSeen, service: Service) -> bool:
    found = seen.containers.get(service.container)
    return found is not None and found.alive


def _is_touched(seen: facts.StackSeen, service: Service) -> bool:
    """It is not as declared: stopped, made anew or started."""
    return seen.difference(service.container, service.image, service.networks) is not None


def _make(state: State, host: Host, stack: Stack, server: Service) -> bool:
    """Who has a database finds it when it starts: it may not look again."""
    host.log(f"compose up: {server.title}, for the databases on it")
    wait = f"--wait --wait-timeout {settings_of(host).health_timeout}"
    up = f"up -d --pull never --no-build {wait} {server.name}"
    if not _compose(host, stack, up):
        return False
    made = databases.make(host, stack, server)
    if not made:
        say_way_on(host)
    return made


def _up(state: State, host: Host, stack: Stack) -> bool:
    needed = " and ".join(stack[need].title for need in stack.held(stack.main))
    when = f" when {needed} is healthy" if needed else ""
    host.log(f"compose up: {stack.main.title} starts{when}")
    return _compose(host, stack, "up -d --pull never --no-build")


def _compose(host: Host, stack: Stack, arguments: str) -> bool:
    """Its words, and what is the matter with the services, where it fails."""
    result = shell.run(host, StringCommand(compose(stack.root, arguments)))
    if result.ok or shell.lost(host):
        return result.ok
    for line in result.stderr.splitlines()[-5:]:
        host.log(f"    {line.strip()}", log_func=logger.error)
    settings = settings_of(host)
    verdict = look(host, settings)
    if shell.lost(host):
        return False
    # Compose names the port, and neither who has it nor the setting.
    for problem in taken_ports(stack, host.get_fact(Survey, **survey_arguments(settings, stack))):
        host.log(str(problem), log_func=logger.error)
    if not verdict.healthy:
        explain(host, settings, verdict.failed)
        say_way_on(host)
    return False
