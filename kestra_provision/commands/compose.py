"""Compose calls for the host, and what they need of Docker around them."""

from __future__ import annotations

import shlex

from pyinfra.api.command import StringCommand

from kestra_provision.docker import environment
from kestra_provision.stack.layout import Layout


def compose(root_dir: str, arguments: str, file: str | None = None) -> str:
    """A compose call with its directory and file named.

    + file: absolute path of the compose file, `compose.yaml` of the directory by default

    Compose finds `.env` through the project directory; called from elsewhere without it, every
    variable would be blank.
    """
    path = shlex.quote(file or Layout(root_dir).compose)
    # Not the environment: a KESTRA_HTTP_PORT in /etc/environment would win over .env, COMPOSE_FILE
    # over the file, and DOCKER_HOST lead to another Docker.
    only = " ".join(f"{name}={value}" for name, value in environment.ONLY.items())
    clean = f'env -i PATH="$PATH" HOME="$HOME" {only}'
    return (
        f"{clean} docker compose --project-directory {shlex.quote(root_dir)} -f {path} {arguments}"
    )


def wake(name: str) -> StringCommand:
    """Unfreezes a container and gives its health check half a minute to see that.

    While it is frozen Docker calls it unhealthy, and compose then gives up on what depends on it.
    """
    container = shlex.quote(name)
    health = f"docker inspect --format '{{{{.State.Health.Status}}}}' {container}"
    return StringCommand(
        f"docker unpause {container} && for i in $(seq 30); do "
        f'[ "$({health})" = unhealthy ] || break; sleep 1; done'
    )
