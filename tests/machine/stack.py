"""What a host says about its own stack: record, ports and containers, and not one secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import pytest
from testinfra.host import Host

from tests.machine.container import INSPECT, Container

#: The project's mark; written out here because these tests share nothing with what they verify.
MARK = "io.kestra-provision.managed"
#: Which services a host has by profile: those that it must have, and those that are there on
#: demand. A new one stands here, and its own tests say the rest.
PROFILES = {
    "tools": ({"kestra", "postgres"}, {"dind"}),
    "quick": ({"kestra"}, {"dind"}),
    "devorch": ({"kestra", "postgres"}, {"dind", "n8n", "sidecar"}),
}
#: Where the server has a role that is no service's.
APART = {"devorch"}
SERVICES = sorted({name for those in PROFILES.values() for each in those for name in each})
#: What the host publishes: service and port of the container by the name of its port in `.env`.
PORTS = {
    "KESTRA_HTTP_PORT": ("kestra", "8080/tcp"),
    "KESTRA_MANAGEMENT_PORT": ("kestra", "8081/tcp"),
    "N8N_PORT": ("n8n", "5678/tcp"),
    "SIDECAR_PORT": ("sidecar", "8000/tcp"),
}
#: How the names of a database begin in `.env`, by the service that it is of.
DATABASES = {"kestra": "KESTRA_DB", "n8n": "N8N_DB"}
_NAMES = (*PORTS, *(f"{each}_{what}" for each in DATABASES.values() for what in ("NAME", "USER")))
#: Read by a shell as the operator's scripts do; stderr is dropped because it can quote a line.
_SETTINGS = '. "$1"; shift; for name; do echo "$name=${!name}"; done'
_PROFILE = "sed -n s/^phase=//p %s"
_SERVICES = "docker compose --project-directory %s -f %s config --services 2>/dev/null"
_EVERYBODY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Stack:
    """Empty where the host has nothing to say; the properties then fail and name what is missing.

    `profile` is what the host's own scripts call it, `addresses` is where each of `PORTS` is
    expected, `services` are those of the compose file, `record` is the content of
    config/images.env, `settings` what is asked for of `.env`.
    """

    root: str
    profile: str
    addresses: dict[str, str]
    record: dict[str, str]
    settings: dict[str, str]
    services: frozenset[str]
    containers: dict[str, Container]

    @classmethod
    def read(cls, host: Host, root: str, addresses: dict[str, str]) -> Stack:
        """Asks the host; containers are found by the directory compose was called for."""
        label = f"label=com.docker.compose.project.working_dir={root}"
        listed = host.run(
            "docker ps -aq --filter %s | xargs -r docker inspect --format %s", label, INSPECT
        )
        found = [Container.parse(line) for line in listed.stdout.splitlines()]
        names = " ".join(_NAMES)
        settings = host.run(f"bash -c %s ask %s {names} 2>/dev/null", _SETTINGS, f"{root}/.env")
        record = host.run("cat %s", f"{root}/config/images.env")
        containers = {container.service: container for container in found}
        services = host.run(_SERVICES, root, f"{root}/compose.yaml").stdout.split()
        return cls(
            root,
            host.run(_PROFILE, f"{root}/scripts/lib/common.sh").stdout.strip(),
            addresses,
            _pairs(record.stdout),
            _pairs(settings.stdout),
            frozenset(services),
            containers,
        )

    @property
    def required(self) -> set[str]:
        """The services that a host of its profile has in any case."""
        return self._of_profile[0]

    @property
    def known(self) -> set[str]:
        """Those, and what is there on demand."""
        required, on_demand = self._of_profile
        return required | on_demand

    @property
    def apart(self) -> bool:
        """The server has a role of its own."""
        return self.profile in APART

    @property
    def _of_profile(self) -> tuple[set[str], set[str]]:
        return PROFILES.get(self.profile) or missing(
            f"{self.root}/scripts/lib/common.sh names no profile that is known: {self.profile!r}"
        )

    @property
    def declared(self) -> frozenset[str]:
        """Its services, of which there is at least one."""
        return self.services or missing(
            f"{self.root}/compose.yaml declares no service, or wants what .env has not"
        )

    def need(self, service: str) -> None:
        """Skips what is about a service that this host does without, as its profile allows."""
        if service in self.declared:
            return
        if service in self.required:
            missing(f"{self.root}/compose.yaml has no {service}, which profile {self.profile} has")
        on_demand = "it was not asked for" if service in self.known else "its profile has none"
        pytest.skip(f"there is no {service} on this {self.profile} host: {on_demand}")

    @property
    def kestra(self) -> Container:
        return self.container("kestra")

    @property
    def postgres(self) -> Container:
        return self.container("postgres")

    def container(self, service: str) -> Container:
        """The container of a compose service, running or not."""
        self.need(service)
        if service not in self.containers:
            missing(f"no container of the compose service {service} in {self.root}")
        return self.containers[service]

    def user(self, service: str) -> tuple[int, int]:
        """Number of the user and of the group that its image runs as."""
        ids = (f"{service.upper()}_{what}" for what in ("UID", "GID"))
        uid, gid = (self._number(self.record, name, "config/images.env") for name in ids)
        return uid, gid

    def setting(self, name: str) -> str:
        """What `.env` says."""
        return self.settings.get(name) or missing(f"{self.root}/.env does not say {name}")

    def port(self, name: str) -> int:
        """The host's port of that name in `.env`."""
        return self._number(self.settings, name, ".env")

    def at(self, name: str) -> tuple[str, int]:
        """Where the host itself reaches that port."""
        address = self.addresses[name]
        return _EVERYBODY.get(address, address), self.port(name)

    def _number(self, values: dict[str, str], name: str, file: str) -> int:
        if not values.get(name, "").isdigit():
            missing(f"{self.root}/{file} does not say {name}")
        return int(values[name])


def missing(what: str) -> NoReturn:
    """Ends the test with one line."""
    pytest.fail(what, pytrace=False)


def _pairs(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in lines}
