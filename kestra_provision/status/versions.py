"""Which versions run on a host, beside those that are declared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pyinfra.api.host import Host

from kestra_provision.facts.running import Running
from kestra_provision.health.verdict import observe
from kestra_provision.remote import shell
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import of
from kestra_provision.status.judge import UNREACHABLE
from kestra_provision.text.table import table


@dataclass(frozen=True)
class ServiceVersion:
    """One service.

    + version: what it says of itself; empty where it does not answer
    + image, image_id: of its container; empty where there is none
    + declared: the image of the inventory
    """

    service: str
    title: str
    version: str
    image: str
    image_id: str
    declared: str


@dataclass(frozen=True)
class HostVersions:
    """One host.

    + reason: why it could not be asked, else empty
    + docker: the engine's; empty where none answers
    """

    name: str
    reason: str = ""
    docker: str = ""
    services: tuple[ServiceVersion, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return asdict(self)


def versions_of(host: Host) -> HostVersions:
    """What runs there; one that goes away meanwhile could not be asked, and is no exception."""
    here = of(host)
    try:
        use_sudo(host)
        running = host.get_fact(Running, containers=here.stack.containers)
        told = observe(host, here.settings).versions
    except Exception as error:
        return HostVersions(host.name, shell.why(host, error))
    services = tuple(
        ServiceVersion(
            service.name,
            service.title,
            told.get(service.name, ""),
            running[service.name].image,
            running[service.name].image_id[7:19],
            service.image,
        )
        for service in here.stack.shown
    )
    return HostVersions(host.name, docker=told.get("docker", ""), services=services)


def render(hosts: list[HostVersions]) -> str:
    """A row for each program of each host, and below why one told nothing."""
    rows = [["host", "program", "version", "image"]]
    for host in hosts:
        rows.append([host.name, "Docker", _docker(host), "-"])
        rows += [[host.name, s.title, s.version or "-", _image(s)] for s in host.services]
    reasons = [f"{host.name}: {host.reason}" for host in hosts if host.reason]
    return "\n\n".join([table(rows), *reasons])


def _docker(host: HostVersions) -> str:
    return UNREACHABLE if host.reason else host.docker or "-"


def _image(service: ServiceVersion) -> str:
    if not service.image:
        return f"- (declared: {service.declared})"
    runs = f"{service.image} ({service.image_id})"
    same = service.image == service.declared
    return runs if same else f"{runs}, declared: {service.declared}"
