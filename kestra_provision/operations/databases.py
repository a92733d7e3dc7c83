"""Databases and their roles, made on the live server of the stack as far as they are missing.

An image makes one at its first start alone, on an empty volume; what a stack declares later, or
somebody dropped, is made here. Nothing is ever dropped. The password of a role is that of `.env`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra import logger
from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.host import Host

from kestra_provision.health.meaning import Judge
from kestra_provision.health.verdict import health_look
from kestra_provision.remote import shell
from kestra_provision.run.observation import seen
from kestra_provision.run.state import run_of
from kestra_provision.secrets.env import read_env, stale_secrets
from kestra_provision.secrets.redact import redact, secrets_in
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.stack.service import Database, Service
from kestra_provision.stack.stack import Stack


@dataclass(frozen=True)
class Unmade:
    """What is missing on the servers of a stack.

    + servers: those on which something is, or that cannot be asked and make nothing themselves
    + broken: databases that were asked and are not as declared, each with what was answered
    """

    servers: tuple[Service, ...] = ()
    broken: tuple[tuple[Database, str], ...] = ()


def unmade(host: Host, settings: Settings, stack: Stack) -> Unmade:
    """What the logins of the services say, as the host was last looked at."""
    servers = [service for service in stack.services if service.databases]
    if not servers:
        return Unmade()
    health = seen(host, health_look(settings, stack))
    stale = stale_secrets(host, stack.root)
    judge = Judge(stack, health, host.name, run_of(host.state).commands, stale)
    wanted: list[Service] = []
    broken: list[tuple[Database, str]] = []
    for server in servers:
        by_secret = {each.secret: each for each in server.databases}
        judged = [*judge.of(server)]
        found = [
            (by_secret[each.question.secret], each.detail)
            for each in judged
            if each.question and each.meaning.makes
        ]
        silent = not all(each.ok for each in judged if not (each.question and each.question.asks))
        if found or (silent and not server.made_with):
            wanted.append(server)
        broken += found
    return Unmade(tuple(wanted), tuple(broken))


def make(host: Host, stack: Stack, server: Service) -> bool:
    """Makes what is missing on a server that runs; an operation's function.

    The password of a role goes through stdin. What the server complains of is shown without it.
    """
    try:
        env = read_env(host, stack.root)
    except EnvFileError as error:
        host.log(str(error), log_func=logger.error)
        return False
    for database in server.databases:
        made = f"database {database.name} of role {database.user}"
        words = ["docker", "exec", "-i", server.container, "sh", "-c", server.makes, "make"]
        command = StringCommand(
            *(QuoteString(word) for word in [*words, database.user, database.name])
        )
        password = env.secrets.get(database.secret, "")
        result = shell.run_quietly(host, command, stdin=f"{password}\n")
        if shell.lost(host):
            return False
        if not result.ok:
            said = redact(result.stderr.strip(), secrets_in(env, stack))
            host.log(f"{made}: {said}", log_func=logger.error)
            return False
        host.log(f"✓ {made}")
    return True
