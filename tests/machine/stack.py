"""What a host says about its own stack: record, ports and containers, and not one secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import pytest
from testinfra.host import Host

from tests.machine.container import INSPECT, Container

#: The project's mark; written out here because these tests share nothing with what they verify.
MARK = "io.kestra-provision.managed"
#: Read by a shell as the operator's scripts do; stderr is dropped because it can quote a line.
_SETTINGS = (
    "( . %s; echo KESTRA_HTTP_PORT=$KESTRA_HTTP_PORT;"
    " echo KESTRA_MANAGEMENT_PORT=$KESTRA_MANAGEMENT_PORT )"
)
_SERVICES = "docker compose --project-directory %s -f %s config --services 2>/dev/null"
#: Which services a host has by profile; a new one stands here, and its own tests say the rest.
PROFILES = {"tools": {"kestra", "postgres"}, "quick": {"kestra"}}
SERVICES = sorted(set[str]().union(*PROFILES.values()))
_EVERYBODY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class Stack:
    """Empty where the host has nothing to say; the properties then fail and name what is missing.

    `services` are those of the compose file, `record` is the content of config/images.env,
    `settings` those of `.env` that are no secrets.
    """

    root: str
    bind_address: str
    record: dict[str, str]
    settings: dict[str, str]
    services: frozenset[str]
    containers: dict[str, Container]

    @classmethod
    def read(cls, host: Host, root: str, bind_address: str) -> Stack:
        """Asks the host; containers are found by the directory compose was called for."""
        label = f"label=com.docker.compose.project.working_dir={root}"
        listed = host.run(
            "docker ps -aq --filter %s | xargs -r docker inspect --format %s", label, INSPECT
        )
        found = [Container.parse(line) for line in listed.stdout.splitlines()]
        settings = host.run(f"{_SETTINGS} 2>/dev/null", f"{root}/.env")
        record = host.run("cat %s", f"{root}/config/images.env")
        containers = {container.service: container for container in found}
        services = host.run(_SERVICES, root, f"{root}/compose.yaml").stdout.split()
        return cls(
            root,
            bind_address,
            _pairs(record.stdout),
            _pairs(settings.stdout),
            frozenset(services),
            containers,
        )

    @property
    def profile(self) -> str:
        """The one whose services these are; empty when they are of none."""
        return next((name for name, those in PROFILES.items() if those == self.services), "")

    def need(self, service: str) -> None:
        """Skips what is about a service that this host does not declare."""
        if not self.services:
            missing(f"{self.root}/compose.yaml declares no service")
        if service not in self.services:
            pytest.skip(f"no service {service} in the profile {self.profile}")

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

    @property
    def uid(self) -> int:
        return self._number(self.record, "KESTRA_UID", "config/images.env")

    @property
    def gid(self) -> int:
        return self._number(self.record, "KESTRA_GID", "config/images.env")

    @property
    def http_port(self) -> int:
        return self._number(self.settings, "KESTRA_HTTP_PORT", ".env")

    @property
    def management_port(self) -> int:
        return self._number(self.settings, "KESTRA_MANAGEMENT_PORT", ".env")

    @property
    def http_address(self) -> str:
        """Where the host itself reaches the API."""
        return _EVERYBODY.get(self.bind_address, self.bind_address)

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
