"""The compose project: brought to what is declared, then proven healthy."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.compose import compose, wake
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.facts.survey import Survey
from kestra_provision.health.gate import explain, look, wait_until_healthy
from kestra_provision.health.verdict import observe, stranded
from kestra_provision.operations.stopping import stop_service
from kestra_provision.preflight.ports import taken_ports
from kestra_provision.remote import shell
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.run.state import run_of
from kestra_provision.runbook import journey
from kestra_provision.secrets.env import observed_env
from kestra_provision.secrets.recovered import remains
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.status import summary


@operation()
def up(settings: Settings) -> Generator[PyinfraCommand]:
    """Runs `docker compose up` when the live stack is not the declared one.

    A frozen, unhealthy or renamed container is no difference to compose, so those are woken,
    restarted or named as they were first. pyinfra's `docker.compose` runs on each deploy, checks
    nothing before and waits for nothing after.
    """
    seen = observed(
        host,
        Stack,
        root_dir=settings.root_dir,
        project=settings.project_name,
        references=list(settings.images.values()),
    )
    differences = seen.differences(settings.containers, settings.images, settings.networks)
    if not differences:
        host.noop("all containers are as declared")
        return
    for name, reason in differences.items():
        differs(host, f"container {name}", "runs as declared", reason)
    for name in _edited_secrets(settings):
        differs(host, f".env: {name}", "what the containers were made with", "another one")
    # Nothing is stopped for a compose that could not start it again.
    yield FunctionCommand(_accepted, (settings,), {})
    for name in seen.paused:
        yield wake(name)
    if touched := _touches_database(seen, settings):
        yield FunctionCommand(stop_service, (settings, "kestra"), {})
    for name in seen.unhealthy:
        if not (touched and name == settings.container_name):
            yield FunctionCommand(_restart, (name,), {})
    for right, present in seen.renamed(settings.containers).items():
        yield StringCommand("docker rename", QuoteString(present), QuoteString(right))
    if services := seen.recreated(settings.networks):
        recreate = f"up -d --pull never --no-build --force-recreate {' '.join(services)}"
        yield StringCommand(compose(settings.root_dir, recreate))
    yield FunctionCommand(_up, (settings,), {})


@operation()
def healthy(settings: Settings) -> Generator[PyinfraCommand]:
    """Passes only when Kestra is proven healthy; waits up to `health_timeout` for it.

    One that closed its ports for ever is restarted first. pyinfra has no gate. This one is no
    change when the first look finds all well.
    """
    verdict = observe(host, settings, observed_env)
    summary.note(host, verdict.versions)
    if verdict.healthy:
        host.noop("healthy: containers, database login, /health, and the API with its password")
        return
    failed = verdict.failed
    by_hand = "by hand: the finding says how" if failed.fatal else ""
    differs(host, failed.name, "healthy", failed.detail, by_hand)
    if effect := stranded(host, settings, verdict):
        differs(host, effect.name, "healthy", effect.detail)
    if failed.deaf:
        yield FunctionCommand(_restart, (failed.container,), {})
    yield FunctionCommand(_wait, (settings,), {})


def _edited_secrets(settings: Settings) -> list[str]:
    """By name: the hash of a container does not tell which value it was."""
    try:
        env = observed_env(host, settings.root_dir)
    except EnvFileError:
        return []
    return remains(host, settings.project_name, settings.volume).edited(env)


def _accepted(state: State, host: Host, settings: Settings) -> bool:
    # Its complaint could quote a line of .env, so only its verdict counts.
    check = StringCommand(compose(settings.root_dir, "config --quiet"))
    result = shell.run_quietly(host, check)
    if not (result.ok or shell.lost(host)):
        host.log(
            f"docker compose does not accept compose.yaml or .env in {settings.root_dir}; nothing "
            f"was stopped. What it says: {check}",
            log_func=logger.error,
        )
    return result.ok


def _touches_database(seen: StackSeen, settings: Settings) -> bool:
    """True when Kestra must be stopped before PostgreSQL is changed, and started after it.

    One that goes away under a live Kestra strands its executions (kestra#8356). One that was
    frozen leaves it deaf: the ports close after half a minute, for ever, and Docker needs longer
    to call it unhealthy.
    """
    name = settings.postgres_container_name
    kestra, database = seen.containers.get(settings.container_name), seen.containers.get(name)
    if kestra is None or database is None or not (kestra.alive and database.alive):
        return False
    return seen.difference(name, settings.postgres_image, settings.networks["postgres"]) is not None


def _restart(state: State, host: Host, name: str) -> bool:
    host.log(f"restarting {name}; it may take minutes, running tasks may end first")
    result = shell.run(host, StringCommand("docker restart", QuoteString(name)))
    if not (result.ok or shell.lost(host)):
        host.log(f"not restarted: {result.stderr.strip()}", log_func=logger.error)
    return result.ok


def _up(state: State, host: Host, settings: Settings) -> bool:
    host.log("compose up: Kestra starts when PostgreSQL is healthy")
    command = compose(settings.root_dir, "up -d --pull never --no-build --remove-orphans")
    result = shell.run(host, StringCommand(command))
    if result.ok or shell.lost(host):
        return result.ok
    for line in result.stderr.splitlines()[-5:]:
        host.log(f"    {line.strip()}", log_func=logger.error)
    verdict = look(host, settings)
    if shell.lost(host):
        return False
    # Compose names the port, and neither who has it nor the setting.
    for problem in taken_ports(settings, host.get_fact(Survey, root_dir=settings.root_dir)):
        host.log(str(problem), log_func=logger.error)
    if not verdict.healthy:
        explain(host, settings, verdict.failed)
        _say_way_on(host)
    return False


def _wait(state: State, host: Host, settings: Settings) -> bool:
    healthy = wait_until_healthy(host, settings)
    if healthy:
        summary.note(host, observe(host, settings).versions)
    else:
        _say_way_on(host)
    return healthy


def _say_way_on(host: Host) -> None:
    """A runbook names its own."""
    if not (journey.is_under_way(host) or shell.lost(host)):
        again = run_of(host.state).commands.deploy()
        way_on = f"nothing was lost; mend the cause, then run again: {again}"
        host.log(way_on, log_func=logger.error)
