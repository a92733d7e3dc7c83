"""The networks that the stack needs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision import LABEL
from kestra_provision.commands.inspect import PROJECT
from kestra_provision.facts.docker import SAYS
from kestra_provision.facts.script import script, section, split
from kestra_provision.stack.stack import Stack


@dataclass(frozen=True)
class NetworkSeen:
    """A network that is there, whoever made it.

    + driver: `bridge`, `overlay`, …
    + attachable: containers may join an overlay
    + internal: nothing leads out of it
    + project: the compose project; empty where compose did not make it
    + ours: it has our label
    """

    driver: str = ""
    attachable: bool = False
    internal: bool = False
    project: str = ""
    ours: bool = False


class Networks(FactBase[Mapping[str, NetworkSeen]]):
    """What the networks are like, by name, for those that are there.

    + names: of networks

    pyinfra's `docker.DockerNetwork` transfers all there is to know of one.
    """

    def command(self, names: Sequence[str]) -> str:
        form = "{{.Name}} {{.Driver}} {{.Attachable}} {{.Internal}} " + (
            f'{{{{eq (index .Labels "{LABEL}") "true"}}}} {{{{index .Labels "{PROJECT}"}}}}'
        )
        inspect = f"docker_says network inspect --format {shlex.quote(form)} {shlex.join(names)}"
        return script(section("networks", inspect), asks=(SAYS,))

    @staticmethod
    def default() -> Mapping[str, NetworkSeen]:
        return {}

    def process(self, output: list[str]) -> Mapping[str, NetworkSeen]:
        lines = [line.split(" ") for line in split(output).get("networks", []) if line]
        return {
            name: NetworkSeen(
                driver, attachable == "true", internal == "true", "".join(project), ours == "true"
            )
            for name, driver, attachable, internal, ours, *project in lines
        }


def networks_arguments(stack: Stack) -> dict[str, Any]:
    """What `Networks` is asked with for a stack."""
    return {"names": [name for name in (stack.shared, stack.internal) if name]}
