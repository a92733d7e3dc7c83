"""Membership of a group."""

from __future__ import annotations

import shlex
from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation

from kestra_provision.facts.group import GroupMembers, group_arguments
from kestra_provision.run.findings import differs
from kestra_provision.run.observation import observed
from kestra_provision.run.state import settings_of


@operation()
def member(user: str, group: str) -> Generator[str]:
    """Puts a user of the host into a group, and takes nobody out of it.

    + user, group: names; preflight refuses a user that is not there

    pyinfra's `server.user` would make an account that is missing, and asks in two channels.
    """
    asked = group_arguments(group, settings_of(host).docker_users)
    if user in observed(host, GroupMembers, **asked):
        host.noop(f"{user} is in group {group}")
        return
    differs(host, f"user {user}", f"in group {group}", "not in it")
    yield f"usermod -a -G {shlex.quote(group)} {shlex.quote(user)}"
