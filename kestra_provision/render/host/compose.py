"""The compose file: a frame, and a fragment of each service."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.docker.environment import SOCKET
from kestra_provision.render.host.compose_values import from_env, literal
from kestra_provision.render.template import render
from kestra_provision.services.kestra import LOGBACK_MOUNT, heap
from kestra_provision.services.script_tasks import socket_mount, workdir_mount
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack


def render_compose(
    settings: Settings,
    stack: Stack,
    sizes: dict[str, int],
    configuration_sha256: str,
    socket_gid: int | None = None,
) -> str:
    """The compose file; holds no secret.

    + sizes: memory limit in MiB by service
    + configuration_sha256: sum of what Kestra is started with, so that its change is the service's.
      These files hold secrets, and their sum tells none: one of them, the key, is 32 random bytes
    + socket_gid: the group of the host's docker.sock, where Kestra gets that
    """
    return render(
        "compose.yaml.j2",
        settings=settings,
        stack=stack,
        sizes=sizes,
        heap=heap,
        logback_mount=LOGBACK_MOUNT,
        workdir=workdir_mount(settings),
        docker_socket=SOCKET,
        socket_gid=socket_gid,
        socket_mount=socket_mount(settings),
        from_env=from_env,
        literal=literal,
        networks_of=lambda service: ", ".join(_networks(stack, service)),
        paths=Layout(stack.root),
        configuration_sha256=configuration_sha256,
    )


def _networks(stack: Stack, service: Service) -> Iterator[str]:
    """Under the names that the compose file has for them."""
    for name, network in (("internal", stack.internal), ("shared", stack.shared)):
        if network in service.networks:
            yield name
