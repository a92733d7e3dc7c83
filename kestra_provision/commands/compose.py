"""Compose calls for the host, and what they need of Docker around them."""

from __future__ import annotations

import base64
import shlex

from pyinfra.api.command import StringCommand

from kestra_provision.docker import environment
from kestra_provision.stack.layout import Layout


def compose(root_dir: str, arguments: str, file: str = "", env: str = "") -> str:
    """A compose call with its directory and file named.

    + file: absolute path of the compose file, `compose.yaml` of the directory by default
    + env: absolute path of another `.env` than the directory's

    Compose finds `.env` through the project directory; called from elsewhere without it, every
    variable would be blank.
    """
    path = shlex.quote(file or Layout(root_dir).compose)
    instead = f"--env-file {shlex.quote(env)} " if env else ""
    # Not the environment: a KESTRA_HTTP_PORT in /etc/environment would win over .env, COMPOSE_FILE
    # over the file, and DOCKER_HOST lead to another Docker.
    only = " ".join(f"{name}={value}" for name, value in environment.ONLY.items())
    clean = f'env -i PATH="$PATH" HOME="$HOME" {only}'
    return (
        f"{clean} docker compose --project-directory {shlex.quote(root_dir)} {instead}"
        f"-f {path} {arguments}"
    )


def hashes_of(root_dir: str, compose_file: str | None, env: str | None, folder: str) -> str:
    """A script for the stdin of `sh -s`: the hash of each service as these files have it.

    + compose_file, env: their text; None for the one of the directory
    + folder: absolute path where they lie for that long, in memory; nobody has it yet
    """
    texts = {f"{folder}/compose.yaml": compose_file, f"{folder}/.env": env}
    written = {path: text for path, text in texts.items() if text is not None}
    file, other = (path if path in written else "" for path in texts)
    asked = compose(root_dir, "config --hash '*'", file=file, env=other)
    return (
        f"umask 077; export LC_ALL=C; mkdir {folder} || exit 1\n"
        f"trap 'rm -rf {folder}' EXIT; trap 'exit 1' HUP INT PIPE TERM\n"
        f"{''.join(map(_written, written.keys(), written.values()))}"
        f"{asked} 2>&1\n"
    )


def _written(path: str, text: str) -> str:
    return f"base64 -d > {path} <<END || exit 1\n{base64.encodebytes(text.encode()).decode()}END\n"


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
