"""Who may use the host's Docker."""

from __future__ import annotations

from pyinfra.api.facts import FactBase

from kestra_provision.docker.environment import SOCKET
from kestra_provision.facts.script import first, script, section, split


class SocketGroup(FactBase[int | None]):
    """Number of the group of `docker.sock`; None where there is none.

    By number: the container that joins it does not know its name.
    """

    def command(self) -> str:
        return script(section("group", f"stat -L -c %g {SOCKET}"))

    @staticmethod
    def default() -> None:
        return None

    def process(self, output: list[str]) -> int | None:
        told = first(split(output).get("group"))
        return int(told) if told.isdigit() else None
