"""What is the matter with a container that is not simply Up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from kestra_provision.doctor.check import Fault, Untold
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.facts.health import ContainerHealth
from kestra_provision.stack.limits import JUST_STARTED, RESTART_LOOP

Service = Literal["kestra", "postgres"]
#: For a container that has our name and is not ours: nothing that Docker says of it is of us.
STRANGER = "stranger"
_WORDS = {
    "running": "",
    "missing": "missing",
    "paused": "frozen",
    "restarting": "restarting",
    STRANGER: "a stranger's",
}


def seen(evidence: Evidence, service: Service) -> ContainerHealth:
    """The container of a service, as Docker shows it."""
    return evidence.health.kestra if service == "kestra" else evidence.health.postgres


def age(evidence: Evidence, service: Service) -> int | None:
    """Seconds since its last start, by the host's clock; None when that is not known."""
    started = seen(evidence, service).started[:19]
    if not (started and evidence.survey.clock):
        return None
    return evidence.survey.clock - int(datetime.fromisoformat(f"{started}+00:00").timestamp())


def word(evidence: Evidence, service: Service) -> str:
    """One word for a state other than Up; empty for that."""
    container = seen(evidence, service)
    up_for = age(evidence, service)
    if (
        container.status == "running"
        and container.restarts >= RESTART_LOOP
        and up_for is not None
        and up_for < JUST_STARTED
    ):
        return "restarting"
    return _WORDS.get(container.status, "stopped")


def stopped(evidence: Evidence, service: Service, because: str = "") -> Fault | Untold | None:
    """Why a container is not Up; None when it is.

    + because: the trouble that this one is the effect of
    """
    container, name = seen(evidence, service), evidence.stack.containers[service]
    if not because and container.oom:
        because = "the kernel killed it for want of memory"
    match word(evidence, service):
        case "":
            return None
        case "frozen":
            return Fault(
                f"{name} is frozen: Docker shows it as Up, and it answers nothing",
                "somebody ran docker pause",
                f"on the host: docker unpause {name}; then: {evidence.deploy}",
            )
        case "a stranger's":
            return Untold(f"{name} is not ours; see the check `fit`")
        case "missing":
            return Fault(f"{name} does not exist", because or "it was removed", evidence.deploy)
        case "restarting":
            return Fault(
                f"{name} restarts again and again: {container.restarts} times so far, "
                f"exit code {container.exit_code}",
                because or "it exits at once: its configuration, its data, or its memory",
                evidence.deploy
                if because
                else evidence.day_two("logs", "--service", service, "--tail", "50"),
            )
        case _:
            return Fault(
                f"{name} is stopped ({container.status}, exit code {container.exit_code})",
                because or "somebody stopped it, or it ended by itself",
                evidence.day_two("start"),
            )
