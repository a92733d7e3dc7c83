"""Who is in a group."""

from __future__ import annotations

import shlex

from pyinfra.api.facts import FactBase


class GroupMembers(FactBase[set[str]]):
    """Names of the users that a group lists.

    + group: name

    pyinfra's `server.Users` and `server.Groups` transfer all of the host's in two channels.
    """

    def command(self, group: str) -> str:
        return f"getent group {shlex.quote(group)} || true"

    @staticmethod
    def default() -> set[str]:
        return set()

    def process(self, output: list[str]) -> set[str]:
        return {name for name in output[0].rpartition(":")[2].split(",") if name}
