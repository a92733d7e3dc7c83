"""Checks of Kestra: from its container to an API that knows its password."""

from __future__ import annotations

from kestra_provision.doctor import database
from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.container import age, stopped
from kestra_provision.doctor.deployment import DOCKER, ENV
from kestra_provision.doctor.evidence import CLOSED, HANGS, Evidence

KESTRA, PORTS, HEALTH = "Kestra", "Kestra's ports", "health"
#: Enough for a person to see which component is down.
_SHOWN = 200


def _container(evidence: Evidence) -> Answer:
    because = database.trouble(evidence)
    return stopped(evidence, "kestra", because) or f"{evidence.settings.container_name} is Up"


def _ports(evidence: Evidence) -> Answer:
    settings, name = evidence.settings, evidence.settings.container_name
    replies = {settings.http_port: evidence.ui, settings.management_port: evidence.management}
    for reply in replies.values():
        if "forwards no connections" in reply.text:
            return Untold(reply.text)
    closed = [str(port) for port, reply in replies.items() if reply.word == CLOSED]
    if not closed:
        return f"{' and '.join(map(str, replies))} answer"
    if len(closed) == 1:
        return Fault(
            f"{name} is Up, port {closed[0]} is closed and the other one answers",
            "it is just starting or ending, or the container was made with other ports",
            evidence.deploy,
        )
    said = f"{name}'s container is Up, its ports {' and '.join(closed)} are closed"
    if because := database.trouble(evidence):
        return Fault(
            f"{said}: {because}",
            "Kestra closes its ports when it loses its database; a minute later it may exit",
            evidence.deploy,
        )
    up_for = age(evidence, "kestra")
    starting = evidence.health.kestra.health == "starting"  # Docker's word until it was healthy
    if starting and up_for is not None and up_for < settings.health_timeout:
        return Fault(
            f"{said} so far: it started {up_for} s ago",
            "it is still starting; after an upgrade its database is migrated for minutes",
            f"wait, then: {evidence.day_two('doctor')}",
        )
    return Fault(
        said,
        "it lost its database for a while and does not see that it is back, "
        "or stopped its start at a value it cannot take",
        f"{evidence.deploy}; when they stay closed: {evidence.day_two('logs')}",
    )


def _health(evidence: Evidence) -> Answer:
    reply, port = evidence.management, evidence.settings.management_port
    because = database.trouble(evidence)
    if reply.word == "200" and '"UP"' in reply.text:
        return "UP"
    if reply.word == "404":
        return Fault(
            f"/health on port {port} answers 404",
            "another program answers there, or the endpoint was turned off; "
            f"port {evidence.settings.http_port} has no /health at all",
            evidence.deploy,
        )
    if reply.word == "401":
        return Fault(
            f"/health on port {port} wants a password",
            "endpoints.all.basic-auth was put into application.yaml",
            evidence.deploy,
        )
    if reply.word == HANGS:
        said = f"the UI answers, and /health on port {port} gives no answer"
    else:
        said = f"the UI answers, and /health on port {port} says {reply.word}"
        said += f" {reply.text[:_SHOWN]}".rstrip()
    return Fault(
        f"{said}: {because}" if because else said,
        because or "a component is DOWN, mostly the database or the storage",
        f"{evidence.deploy}; then: {evidence.day_two('logs', '--since', '10m')}",
    )


def _password(evidence: Evidence) -> Answer:
    wrong = next((check for check in evidence.api if not check.ok), None)
    if not evidence.api:
        return Untold("not asked")
    if wrong is None:
        return "401 without it, 200 with the one in .env"
    if wrong.detail.startswith("200"):
        cause = "the basic-auth block is missing in application.yaml, or `enabled` below 0.24"
    elif wrong.detail.startswith("401"):
        cause = "it was changed in .env or in Kestra alone; the container still has the old one"
    else:
        cause = "the API is starting, or does not get what it needs from its database"
    return Fault(f"{wrong.name}: {wrong.detail}", cause, evidence.deploy)


def _tasks(evidence: Evidence) -> Answer:
    if not (lines := evidence.traces.docker_wanted):
        return "no task asked for it"
    return Fault(
        f"{lines} lines of Kestra's log name docker.sock",
        "a task runs in Docker, and Kestra does not get docker.sock: with it, who writes a flow "
        "is root on the host",
        "give the task: taskRunner: {type: io.kestra.plugin.core.runner.Process}",
    )


CHECKS = (
    Check(KESTRA, "the UI is not there", _container, (DOCKER,)),
    Check(PORTS, "connection refused while docker ps shows it as Up", _ports, (KESTRA,)),
    Check(HEALTH, "the UI opens, and executions do not start", _health, (PORTS,)),
    Check("password", "401, or no question for a password at all", _password, (HEALTH, ENV)),
    Check("Docker in tasks", "docker.sock: permission denied in a task", _tasks, (KESTRA,)),
)
