"""The compose project: brought to what is declared, then proven healthy."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision import commands, summary
from kestra_provision.facts.stack import Stack
from kestra_provision.facts.survey import Survey
from kestra_provision.kestra.gate import explain, wait_until_healthy
from kestra_provision.kestra.health import observe
from kestra_provision.preflight import taken_ports
from kestra_provision.remote import connector_arguments
from kestra_provision.settings import Settings


@operation()
def up(settings: Settings) -> Generator[PyinfraCommand]:
    """Runs `docker compose up` when the live stack is not the declared one.

    A frozen, unhealthy or renamed container is no difference to compose, so those are woken,
    restarted or named as they were first. pyinfra's `docker.compose` runs on each deploy, checks
    nothing before and waits for nothing after.
    """
    seen = host.get_fact(
        Stack,
        root_dir=settings.root_dir,
        project=settings.project_name,
        references=list(settings.images.values()),
    )
    differences = seen.differences(settings.containers, settings.images)
    if not differences:
        host.noop("all containers are as declared")
        return
    for name in seen.paused:
        yield StringCommand("docker unpause", QuoteString(name))
    for name in seen.unhealthy:
        yield StringCommand("docker restart", QuoteString(name))
    for right, present in seen.renamed(settings.containers).items():
        yield StringCommand("docker rename", QuoteString(present), QuoteString(right))
    yield FunctionCommand(_up, (settings, differences), {})


@operation()
def healthy(settings: Settings) -> Generator[PyinfraCommand]:
    """Passes only when Kestra is proven healthy; waits up to `health_timeout` for it.

    pyinfra has no gate. This one is no change when the first look finds all well.
    """
    verdict = observe(host, settings)
    summary.note(host.name, verdict.versions)
    if verdict.healthy:
        host.noop("healthy: containers, database login, /health, and the API with its password")
        return
    yield FunctionCommand(_wait, (settings,), {})


def _up(state: State, host: Host, settings: Settings, differences: list[str]) -> bool:
    for difference in differences:
        host.log(f"compose up: {difference}")
    arguments = connector_arguments(host)
    command = commands.compose(settings.root_dir, "up -d --pull never --no-build --remove-orphans")
    ok, output = host.run_shell_command(StringCommand(command), **arguments)
    if ok:
        return True
    for line in output.stderr_lines[-5:]:
        host.log(f"    {line.strip()}", log_func=logger.error)
    # Compose names the port, and neither who has it nor the setting.
    for problem in taken_ports(settings, host.get_fact(Survey, root_dir=settings.root_dir)):
        host.log(str(problem), log_func=logger.error)
    verdict = observe(host, settings)
    if not verdict.healthy:
        explain(host, settings, verdict.failed)
    return False


def _wait(state: State, host: Host, settings: Settings) -> bool:
    healthy = wait_until_healthy(host, settings)
    if healthy:
        summary.note(host.name, observe(host, settings).versions)
    return healthy
