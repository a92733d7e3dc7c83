"""Who is in a group."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import script, section, split


class GroupMembers(FactBase[set[str]]):
    """Names of those asked for, and of whoever connects, that are in a group.

    + group: name
    + users: names

    The system says so of each user: its users may be LDAP's, and a group that is somebody's own one
    does not list that user. pyinfra's `server.Users` and `server.Groups` read files, all of them,
    in two channels.
    """

    def command(self, group: str, users: Sequence[str]) -> str:
        asked = f"{shlex.join(users)} $user $SUDO_USER".strip()
        return script(
            section(
                "members",
                f"g=$(getent group {shlex.quote(group)} | cut -d: -f3); for u in {asked}; do "
                '[ -n "$g" ] && case " $(id -G "$u") " in *" $g "*) echo "$u" ;; esac; done',
            )
        )

    @staticmethod
    def default() -> set[str]:
        return set()

    def process(self, output: list[str]) -> set[str]:
        return {name for name in split(output).get("members", []) if name}


def group_arguments(group: str, users: Iterable[str]) -> dict[str, Any]:
    """What `GroupMembers` is asked with.

    + users: names, beside who connects
    """
    return {"group": group, "users": sorted(users)}
