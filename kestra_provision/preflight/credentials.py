"""Values that the data was made with: another one is refused before it strands the data."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra.api.host import Host

from kestra_provision.health.checks import database_login
from kestra_provision.secrets.env import HostEnv, env_path
from kestra_provision.secrets.recovered import Remains
from kestra_provision.settings import Problem, Settings, passwords
from kestra_provision.stack.stack import Stack


def judge_bound(
    host: Host, settings: Settings, stack: Stack, env: HostEnv, found: Remains
) -> Iterator[Problem]:
    """What a deploy would make our containers anew with, though the data would not go along.

    The containers that run hold the last copy of the old values, and a deploy replaces them.
    """
    yield from _renamed(stack, found)
    edited = found.edited(env)
    if passwords.ENCRYPTION in edited:
        yield Problem(
            f"{passwords.ENCRYPTION} in .env is not the one that Kestra has: what it encrypted "
            "could never be read again",
            env_path(stack.root) + " on the host",
            f"delete that line: the deploy takes it from the container; if the new one is right: "
            f"docker rm -f {stack.main.container}",
        )
    if passwords.DB in edited:
        yield from _password(host, settings, env)


def _renamed(stack: Stack, found: Remains) -> Iterator[Problem]:
    """The image of a database reads them on an empty volume only."""
    for _, made in stack.made_with:
        setting, was = made.setting, found.made_with.get(made.setting, made.declared)
        if made.declared != was:
            yield Problem(
                f"the database on the host was made with {setting} = '{was}'",
                setting,
                f"set {setting} = '{was}'; another one needs a dump and restore",
            )


def _password(host: Host, settings: Settings, env: HostEnv) -> Iterator[Problem]:
    """A role that got the new password as well is fine: that is how one is changed by hand."""
    login = database_login(host, settings, env)
    if login.ok:
        return
    name = settings.postgres_container_name
    said = f"refuses the password in .env for {settings.db_user}"
    if not login.fatal:
        said = f"cannot be asked about the password in .env ({login.detail})"
    yield Problem(
        f"PostgreSQL {said}, and our containers have another one",
        f"{passwords.DB} in {env_path(settings.root_dir)} on the host",
        "delete that line: the deploy takes it from the container; or make the new one the "
        f"role's: docker exec -it {name} psql -U {settings.db_user} -d {settings.db_name} "
        "-c '\\password'",
    )
