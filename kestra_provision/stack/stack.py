"""A stack: the services of one host, in the order of their start."""

from __future__ import annotations

from dataclasses import dataclass

from kestra_provision.stack.configuration import Configuration
from kestra_provision.stack.files import Directory, Mounted
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.service import MadeWith, Page, Port, Secret, Service, Store, Volume
from kestra_provision.text.words import enumerated


@dataclass(frozen=True)
class Stack:
    """Services of one compose project.

    + name: of the set-up, for titles
    + project: compose's name of it
    + root: directory on the host
    + services: those that others need come first
    + shared, internal: Docker networks, shared with other stacks and the project's own; one
      service alone needs none of its own
    """

    name: str
    project: str
    root: str
    services: tuple[Service, ...]
    shared: str
    internal: str = ""

    def __getitem__(self, name: str) -> Service:
        return next(service for service in self.services if service.name == name)

    def server_of(self, service: Service) -> Service | None:
        """Which service has the database of another one; None for a server outside, or without."""
        database = service.database
        if database is None:
            return None
        return next((one for one in self.services if one.container == database.host), None)

    @property
    def main(self) -> Service:
        """What the stack is there for: it starts last and is shown first."""
        return self.services[-1]

    @property
    def shown(self) -> tuple[Service, ...]:
        """For people: what they are there for comes first, what it needs after it."""
        return self.services[::-1]

    @property
    def titles(self) -> str:
        """`A, B and C`"""
        return enumerated(service.title for service in self.services)

    @property
    def in_turn(self) -> str:
        """`A, then B`"""
        return ", then ".join(service.title for service in self.services)

    @property
    def images(self) -> dict[str, str]:
        """Image reference by service."""
        return {service.name: service.image for service in self.shown}

    @property
    def containers(self) -> dict[str, str]:
        """Container name by service."""
        return {service.name: service.container for service in self.shown}

    @property
    def networks(self) -> dict[str, frozenset[str]]:
        """Docker networks by service."""
        return {service.name: service.networks for service in self.shown}

    @property
    def volumes(self) -> list[Volume]:
        """Where the data is."""
        return [service.volume for service in self.services if service.volume]

    @property
    def mounted_volumes(self) -> list[Volume]:
        """All of Docker's: those with data, and those with what can be fetched again."""
        return [
            volume
            for service in self.services
            for volume in (service.volume, service.cache)
            if volume
        ]

    @property
    def published(self) -> list[tuple[Service, Port]]:
        """Ports of the host, with whose they are."""
        return [(s, port) for s in self.shown for port in s.ports if port.published is not None]

    @property
    def pages(self) -> list[Page]:
        """What people open, the main one first."""
        return [service.page for service in self.shown if service.page]

    @property
    def environment(self) -> dict[str, str]:
        """Settings that stand in `.env`, under the names they have there."""
        return {key: value for s in self.services for key, value in s.environment.items()}

    @property
    def secrets(self) -> list[tuple[Service, Secret]]:
        """What the containers get from `.env`, what is needed by others first."""
        return [(service, secret) for service in self.services for secret in service.secrets]

    @property
    def secret_names(self) -> tuple[str, ...]:
        """Secrets that must stand in `.env`."""
        return tuple(dict.fromkeys(secret.name for _, secret in self.secrets))

    @property
    def configurations(self) -> list[Configuration]:
        """Files with secrets that the services read, in the order in which they are summed."""
        files = [(service.configuration, service.variables) for service in self.services]
        return [file for each in files for file in each if file]

    @property
    def mounted(self) -> list[Mounted]:
        """Further files that the services read at their start."""
        return [file for service in self.services for file in service.mounted]

    @property
    def bound(self) -> list[Secret]:
        """Those that data was made with: another one loses it, or is shut out."""
        return [*{secret.name: secret for _, secret in self.secrets if secret.bound}.values()]

    @property
    def stores(self) -> list[Store]:
        """Where data is that no database server has."""
        return [service.store for service in self.services if service.store]

    @property
    def keeps(self) -> list[str]:
        """What people must know of it."""
        return [service.keeps for service in self.services if service.keeps]

    @property
    def warns(self) -> list[str]:
        """What people must know before they say yes."""
        return [service.warns for service in self.services if service.warns]

    @property
    def made_with(self) -> list[tuple[Service, MadeWith]]:
        """What data was made with, and whose."""
        return [(service, made) for service in self.services for made in service.made_with]

    @property
    def directories(self) -> list[Directory]:
        """Parents before children, because a child is made in its parent."""
        before, after = Layout(self.root).directories
        own = (directory for service in self.services for directory in service.directories)
        return [*before, *own, *after]

    @property
    def owners(self) -> dict[str, str]:
        """By directory, the service whose image's user must be able to write it."""
        return {path: service.name for service in self.services for path in service.writes}

    @property
    def writers(self) -> list[str]:
        """Services whose image's user must be able to write directories of the host."""
        return [service.name for service in self.services if service.writes]

    def sizes(self, memory_mb: int) -> dict[str, int]:
        """Memory limit in MiB by service.

        + memory_mb: the host's, in MiB
        """
        return {service.name: service.memory.of(memory_mb) for service in self.shown}

    def held(self, service: Service) -> list[str]:
        """Of what a service needs, what it does not find again by itself when it was away."""
        return [need for need in service.needs if not self[need].rejoined]

    def dependents(self, name: str) -> list[Service]:
        """Who needs a service, the last one to start first: the order of their stop."""
        return [service for service in self.shown if name in service.needs]
