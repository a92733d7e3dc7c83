"""A Docker network."""

from __future__ import annotations

import shlex

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split


class NetworkThere(FactBase[bool]):
    """Whether a network of this name is there, whoever made it.

    + network: name

    pyinfra's `docker.DockerNetwork` transfers all there is to know of it.
    """

    def command(self, network: str) -> str:
        name = shlex.quote(network)
        inspect = f"docker network inspect --format '{{{{.Name}}}}' {name}"
        return script(section("network", inspect))

    @staticmethod
    def default() -> bool:
        return False

    def process(self, output: list[str]) -> bool:
        return bool(first(split(output).get("network")))
