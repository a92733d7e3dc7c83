"""What the host tells of its services, for tests: all is well, or one word is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kestra_provision.facts.health import Answer, ContainerHealth, HostHealth, ServiceHealth

#: 10 o'clock on the day of `doctor_evidence.NOW`.
UP = ContainerHealth("running", "healthy", started="2026-01-31T10:00:00.123456789Z")
LOGIN = "database login"
WELL = HostHealth(
    {
        "postgres": ServiceHealth(
            "running",
            "accepts connections",
            UP,
            {LOGIN: Answer("running", "kestra logs in")},
            "17.6",
        ),
        "kestra": ServiceHealth("running", "/health answers 200", UP),
    },
    docker="28.2.2",
)
#: Docker's word for a container, by ours.
_STATUS = {
    "missing": "missing",
    "stranger": "missing",
    "stopped": "exited",
    "frozen": "paused",
    "restarting": "restarting",
    "restart-loop": "restarting",
}
_CONTAINERS = {"kestra": "tools-kestra", "postgres": "tools-kestra-postgres"}
#: As the host says it, of a container.
DETAILS = {
    "missing": "the container does not exist",
    "stopped": "the container is exited, exit code 0",
    "frozen": "the container is frozen: docker unpause {}",
    "not-answering": "the container is Up and accepts no connections",
    "check-fails": "/health answers 200, and Docker's check of it fails",
    "ports-closed": "the container is Up, its ports 8080 and 8081 are closed",
    "stranger": "another container has its name; docker rename {} …",
    "restarting": "restarted 2 times, exit code 1: docker logs {}",
    "restart-loop": "restarted 7 times, exit code 1: docker logs {}",
}


def seen(
    service: str, word: str, detail: str = "", base: HostHealth = WELL, **container: Any
) -> HostHealth:
    """One service is otherwise; what a look does not tell was not asked then.

    + container: fields of `ContainerHealth`
    """
    was = base.services[service]
    status = _STATUS.get(word, "running")
    health = was.container.health if status == "running" else ""
    changed = {"status": status, "health": health, **container}
    now = ServiceHealth(
        word,
        detail or DETAILS.get(word, "").format(_CONTAINERS[service]),
        replace(was.container, **changed),
        was.answers if word == "running" else {},
        was.version if status == "running" else "",
    )
    return replace(base, services={**base.services, service: now})


def answered(word: str, detail: str, base: HostHealth = WELL) -> HostHealth:
    """The database accepts connections, and says this to the password of `.env`."""
    was = base.services["postgres"]
    now = replace(was, answers={LOGIN: Answer(word, detail)})
    return replace(base, services={**base.services, "postgres": now})
