"""Docker networks."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision.commands.inspect import PROJECT
from kestra_provision.facts.script import script, section, split
from kestra_provision.stack.stack import Stack


class Networks(FactBase[Mapping[str, str]]):
    """The compose project by network, for those that are there; empty where compose made none.

    + names: of networks

    pyinfra's `docker.DockerNetwork` transfers all there is to know of one.
    """

    def command(self, names: Sequence[str]) -> str:
        form = shlex.quote(f'{{{{.Name}}}} {{{{index .Labels "{PROJECT}"}}}}')
        return script(
            section("networks", f"docker network inspect --format {form} {shlex.join(names)}")
        )

    @staticmethod
    def default() -> Mapping[str, str]:
        return {}

    def process(self, output: list[str]) -> Mapping[str, str]:
        lines = [line.partition(" ") for line in split(output).get("networks", []) if line]
        return {name: project.strip() for name, _, project in lines}


def networks_arguments(stack: Stack) -> dict[str, Any]:
    """What `Networks` is asked with for a stack."""
    return {"names": [name for name in (stack.shared, stack.internal) if name]}
