"""A registry that wants a login before it lets anybody pull."""

from __future__ import annotations

import base64
import binascii
import json
import shlex
from dataclasses import dataclass, field

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision import passwords, remote

#: Where Docker keeps logins, in base64 and not encrypted; only root can read it.
_CONFIG = 'cat "${DOCKER_CONFIG:-$HOME/.docker}/config.json" 2>/dev/null || true'
#: Docker Hub's name in that file.
_HUB = "https://index.docker.io/v1/"


@dataclass(frozen=True)
class Login:
    """Who logs in where; `password` is None when the operator gives none in this run."""

    registry: str
    username: str
    password: str | None = field(default=None, repr=False)


def log_in(state: State, host: Host, login: Login) -> bool:
    """Logs Docker in unless it is already, with the password on stdin and never in a file of ours.

    pyinfra has no such operation, and one of its commands with a password in it would show it.
    """
    stored = stored_user(remote.run_quietly(host, StringCommand(_CONFIG)).stdout, login.registry)
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
        "docker login --password-stdin --username",
        shlex.quote(login.username),
        shlex.quote(login.registry),
    )
    result = remote.run_quietly(host, command, stdin=login.password)
    if not result.ok:
        said = result.stderr.replace(login.password, "*").strip().splitlines()
        host.log(
            f"{login.registry} refuses {login.username} with {passwords.REGISTRY}: "
            f"{said[-1] if said else 'no reason given'}",
            log_func=logger.error,
        )
    return result.ok


def stored_user(config: str, registry: str) -> str | None:
    """Whose login Docker's configuration holds for this registry; None without one.

    A credential helper keeps the user to itself, which counts as none.
    """
    try:
        entry = json.loads(config)["auths"][_HUB if registry == "docker.io" else registry]
        decoded = base64.b64decode(entry["auth"], validate=True).decode()
    except (binascii.Error, LookupError, TypeError, ValueError):
        return None
    return decoded.partition(":")[0] or None
