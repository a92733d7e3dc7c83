"""Which versions run: of each container the image, the configuration, the state."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.commands.audit import Versions
from kestra_provision.facts.docker import SAYS
from kestra_provision.facts.script import first, script, section, split

_FORMAT = (
    '{"id":{{json .ID}},"image":{{json .Config.Image}},"image_id":{{json .Image}},'
    '"status":{{json .State.Status}},"started":{{json .State.StartedAt}},'
    '"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}},'
    '"config":{{json (index .Config.Labels "com.docker.compose.config-hash")}}}'
)


@dataclass(frozen=True)
class Instance:
    """A container as a person knows it.

    + config: compose's own sum of its settings, secrets and configuration file
    """

    id: str = ""
    image: str = ""
    image_id: str = ""
    status: str = "missing"
    started: str = ""
    health: str = ""
    config: str = ""

    def __str__(self) -> str:
        if self.status == "missing":
            return "does not exist"
        health = f", {self.health}" if self.health and self.status == "running" else ""
        since = f" since {self.started[:19].replace('T', ' ')} UTC" if health else ""
        return f"{self.status}{health}{since}, {self.image} ({self.image_id[7:19]})"


@dataclass(frozen=True)
class RunningSeen:
    """The containers by service."""

    services: dict[str, Instance] = field(default_factory=dict)

    def __getitem__(self, service: str) -> Instance:
        return self.services.get(service, Instance())

    def versions(self, services: Iterable[str]) -> Versions:
        """As the audit keeps them.

        + services: names, the main one first
        """
        main, *others = services
        found: dict[str, str] = {}
        for service in (main, *others):
            found |= {service: self[service].image, f"{service}_id": self[service].image_id}
        return {**found, "config": self[main].config}


class Running(FactBase[RunningSeen]):
    """+ containers: name by service"""

    def command(self, containers: Mapping[str, str]) -> str:
        inspect = f"docker_says inspect --type container --format {shlex.quote(_FORMAT)}"
        return script(
            *(
                section(service, f"{inspect} {shlex.quote(name)}")
                for service, name in containers.items()
            ),
            asks=(SAYS,),
        )

    @staticmethod
    def default() -> RunningSeen:
        return RunningSeen()

    def process(self, output: list[str]) -> RunningSeen:
        seen = {service: first(lines) for service, lines in split(output).items()}
        found = {service: json.loads(line) for service, line in seen.items() if line}
        return RunningSeen(
            {s: Instance(**{k: v or "" for k, v in each.items()}) for s, each in found.items()}
        )
