"""A Docker network."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split


@dataclass(frozen=True)
class NetworkSeen:
    """+ driver: `bridge`, `overlay`, …; empty where there is no such network
    + attachable: containers may join an overlay
    + internal: nothing leads out of it
    """

    driver: str = ""
    attachable: bool = False
    internal: bool = False

    @property
    def there(self) -> bool:
        """Whoever made it."""
        return bool(self.driver)


class Network(FactBase[NetworkSeen]):
    """What a network of this name is like.

    + network: name

    pyinfra's `docker.DockerNetwork` transfers all there is to know of it.
    """

    def command(self, network: str) -> str:
        form = "{{.Driver}} {{.Attachable}} {{.Internal}}"
        inspect = f"docker network inspect --format '{form}' {shlex.quote(network)}"
        return script(section("network", inspect))

    @staticmethod
    def default() -> NetworkSeen:
        return NetworkSeen()

    def process(self, output: list[str]) -> NetworkSeen:
        driver, attachable, internal = [
            *first(split(output).get("network")).split(),
            "",
            "",
            "",
        ][:3]
        return NetworkSeen(driver, attachable == "true", internal == "true")
