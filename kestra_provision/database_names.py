"""A database keeps the name and the role it was made with, whatever the inventory says later."""

from __future__ import annotations

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.host_env import HostEnv
from kestra_provision.remote import run_quietly
from kestra_provision.settings import Problem, Settings

#: By setting: its name in `.env`, and in the environment of PostgreSQL's container.
_NAMES = {
    "db_name": ("KESTRA_DB_NAME", "POSTGRES_DB"),
    "db_user": ("KESTRA_DB_USER", "POSTGRES_USER"),
}


def renamed(host: Host, settings: Settings, env: HostEnv) -> list[Problem]:
    """Settings that name another database or role than the one with the data.

    PostgreSQL's image reads both on an empty volume only: Kestra would find no such database, or
    no such role. A `.env` that agrees costs nothing; where it does not, it may have been edited by
    hand, and the container tells what the data was made with.
    """
    changed = [
        setting
        for setting, (key, _) in _NAMES.items()
        if env.file.values.get(key) not in (None, getattr(settings, setting))
    ]
    if not changed:
        return []
    made = _of_container(host, settings.postgres_container_name)
    return [
        Problem(
            f"the database on the host was made with {setting} = '{was}'",
            setting,
            f"set {setting} = '{was}'; another one needs a dump and restore",
        )
        for setting in changed
        if (was := made.get(_NAMES[setting][1])) and was != getattr(settings, setting)
    ]


def _of_container(host: Host, name: str) -> dict[str, str]:
    """The two names only: the password stands beside them."""
    inspect = "docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}'"
    wanted = "|".join(variable for _, variable in _NAMES.values())
    result = run_quietly(
        host,
        StringCommand(f"{inspect} {shlex.quote(name)} 2>/dev/null | grep -E '^({wanted})='"),
    )
    return dict(line.split("=", 1) for line in result.stdout.splitlines() if "=" in line)
