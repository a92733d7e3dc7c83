"""The state of one host, judged from what was seen: words, numbers and where Kestra is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kestra_provision.commands.lock import Holder
from kestra_provision.facts.status import StatusSeen
from kestra_provision.stack.stack import Stack
from kestra_provision.text.next_command import NextCommand

#: Of the JSON; it grows when a field is removed or changes its meaning (see docs/status.md).
VERSION = 1
#: What a host is called that did not answer, or where nothing was deployed.
UNREACHABLE, ABSENT, UNKNOWN = "unreachable", "not deployed", "unknown"


@dataclass(frozen=True)
class ServiceStatus:
    """One container. Empty and None where there is none, or nothing to tell.

    + state: the health check's word, such as `ports-closed` or `frozen`
    + image_id: twelve digits
    + started: UTC
    + cpu: percent of one core
    + memory_mb, memory_limit_mb: MiB, as the settings of that name
    """

    service: str
    container: str
    image: str = ""
    image_id: str = ""
    health: str = ""
    state: str = ""
    detail: str = ""
    started: str = ""
    restarts: int | None = None
    cpu: str = ""
    memory_mb: int | None = None
    memory_limit_mb: int | None = None
    ports: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostStatus:
    """One host. `overall` is `healthy`, `degraded`, `down`, or why there is no such word.

    + causes: why it is not healthy, the first one first
    + lock: who holds the lock, empty without one
    + notices: what people must know of the data, however the host is
    """

    name: str
    overall: str
    causes: tuple[str, ...] = ()
    url: str = ""
    lock: str = ""
    services: tuple[ServiceStatus, ...] = ()
    notices: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)


def judge(name: str, stack: Stack, url: str, seen: StatusSeen, commands: NextCommand) -> HostStatus:
    """What was seen, in words.

    + url: where users find Kestra
    """
    lock = _locked(Holder.parse(seen.holder)) if seen.holder else ""
    services = tuple(
        _service(service, container, seen, stack.project)
        for service, container in stack.containers.items()
    )
    notices = tuple(stack.keeps)
    if seen.health is None:
        overall, cause = _without_health(seen, commands)
        return HostStatus(name, overall, (cause,), url, lock, services, notices)
    troubled = [s for s in services if s.health != "healthy"]
    # What others need comes first: where both fail it is the cause, and theirs the effect.
    causes = [f"{s.container} is {s.state}: {s.detail}" for s in reversed(troubled)]
    causes += seen.health["host"]["problems"]
    overall = seen.health["overallHealth"]
    return HostStatus(name, overall, tuple(causes), url, lock, services, notices)


def _locked(holder: Holder) -> str:
    return f"{holder} (that run is gone, the next takes over)" if holder.ended_here else str(holder)


def _without_health(seen: StatusSeen, commands: NextCommand) -> tuple[str, str]:
    if seen.complaint:
        return UNKNOWN, seen.complaint
    if seen.containers:
        return UNKNOWN, f"the health check is missing on the host; {commands.deploy()}"
    return ABSENT, f"neither containers nor our scripts are there; {commands.deploy()}"


def _service(service: str, container: str, seen: StatusSeen, project: str) -> ServiceStatus:
    listed = seen.health["services"] if seen.health else []
    health: dict[str, Any] = next((s for s in listed if s["name"] == service), {})
    there = seen.containers.get(container, {})
    if there and not (there["managed"] == "true" and there["project"] == project):
        said = f"another container has its name ({there['image']}); docker rename {container} …"
        return ServiceStatus(
            service, container, health=health.get("health", ""), state="missing", detail=said
        )
    running = there.get("status") == "running"
    return ServiceStatus(
        service,
        container,
        image=there.get("image", ""),
        image_id=there.get("image_id", "")[7:19],
        health=health.get("health", ""),
        state=health.get("state", there.get("status", "missing")),
        detail=health.get("detail", ""),
        started=there.get("started", "")[:19] if running else "",
        restarts=health.get("restarts"),
        cpu=seen.cpu.get(container, ""),
        memory_mb=_megabytes(health.get("memory_bytes")),
        memory_limit_mb=_megabytes(health.get("memory_limit_bytes")),
        ports=tuple(_ports(there.get("ports") or {})),
    )


def _ports(found: dict[str, list[dict[str, str]] | None]) -> list[str]:
    return [
        f"{at['HostIp']}:{at['HostPort']}->{port.removesuffix('/tcp')}"
        for port, published in sorted(found.items())
        for at in published or []
    ]


def _megabytes(value: int | None) -> int | None:
    return None if value is None else value // 1024**2
