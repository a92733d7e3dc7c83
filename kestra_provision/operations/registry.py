"""A registry that wants a login before it lets anybody pull."""

from __future__ import annotations

import shlex

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.docker.environment import WITH_LOGINS
from kestra_provision.docker.registry import Login, stored_user
from kestra_provision.remote import shell
from kestra_provision.settings import passwords

#: Where Docker keeps logins, in base64 and not encrypted; only root can read it.
_CONFIG = 'cat "$HOME/.docker/config.json" 2>/dev/null || true'


def log_in(state: State, host: Host, login: Login) -> bool:
    """Logs Docker in unless it is already, with the password on stdin and never in a file of ours.

    pyinfra has no such operation, and one of its commands with a password in it would show it.
    """
    stored = stored_user(shell.run_quietly(host, StringCommand(_CONFIG)).stdout, login.registry)
    if stored == login.username:
        return True
    if login.password is None:
        host.log(
            f"{login.registry} wants a login and the host has none for {login.username}: put "
            f"{passwords.REGISTRY} into .env beside deploy.py, or into your environment",
            log_func=logger.error,
        )
        return False
    host.log(f"logging in to {login.registry} as {login.username}")
    command = StringCommand(
        WITH_LOGINS,
        "docker login --password-stdin --username",
        shlex.quote(login.username),
        shlex.quote(login.registry),
    )
    result = shell.run_quietly(host, command, stdin=login.password)
    if not result.ok:
        said = result.stderr.replace(login.password, "*").strip().splitlines()
        host.log(
            f"{login.registry} refuses {login.username} with {passwords.REGISTRY}: "
            f"{said[-1] if said else 'no reason given'}",
            log_func=logger.error,
        )
    return result.ok
