"""The scripts for a shell on the host itself, rendered from one set of values."""

from __future__ import annotations

import shlex

from kestra_provision import CONFIG_LABEL, LABEL, MEMORY_LABEL
from kestra_provision.commands import lock, logs
from kestra_provision.commands.compose import CONFIG_IN_CONTAINER
from kestra_provision.commands.files import temporary
from kestra_provision.render.template import render
from kestra_provision.services.kestra import heap
from kestra_provision.settings import Settings
from kestra_provision.stack import limits
from kestra_provision.stack.files import Rendered
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack

#: Sourced by the others. Both lists name files below `root_dir`, and their templates.
LIBRARY = (
    "scripts/lib/common.sh",
    "scripts/lib/health.sh",
    "scripts/lib/lock.sh",
    "scripts/lib/guard.sh",
    "scripts/lib/secrets.sh",
    "scripts/lib/docker-run.sh",
    "scripts/lib/start.sh",
)
SCRIPTS = (
    "scripts/maintenance/health-check-all.sh",
    "tools/kestra/scripts/run.sh",
    "tools/kestra/scripts/stop.sh",
    "tools/kestra/scripts/status.sh",
    "tools/kestra/scripts/logs.sh",
    "scripts/docker/start-stacks.sh",
    "scripts/docker/stop-stacks.sh",
)


def constants(settings: Settings, stack: Stack) -> dict[str, str]:
    """What the scripts know of their stack, by the shell's name for it. None is a secret."""
    return {
        "root": settings.root_dir,
        "project": settings.project_name,
        "label": LABEL,
        "lock": lock.path(settings.project_name),
        "kestra_container": settings.container_name,
        "postgres_container": stack.containers["postgres"],
        "bind_address": settings.bind_address,
        "local_address": settings.local_address.strip("[]"),
        "http_port": str(settings.http_port),
        "management_port": str(settings.management_port),
        "url": settings.url,
        "health_timeout": str(settings.health_timeout),
        "restart_loop": str(limits.RESTART_LOOP),
        "just_started": str(limits.JUST_STARTED),
    }


def run_constants(
    settings: Settings, stack: Stack, sizes: dict[str, int], application_sha256: str
) -> dict[str, str]:
    """What only `docker run` must know, because compose has it from its own file."""
    layout = Layout(settings.root_dir)
    return {
        "compose": "com.docker.compose",
        "config_label": CONFIG_LABEL,
        "memory_label": MEMORY_LABEL,
        "config_sha256": application_sha256,
        "kestra_image": settings.kestra_image,
        "postgres_image": settings.postgres_image,
        "internal": stack.internal,
        "network": settings.network,
        "volume": stack.volumes[0].name,
        "postgres_mount": stack.volumes[0].mount,
        "config": layout.application,
        "config_in_container": CONFIG_IN_CONTAINER,
        "storage": layout.storage,
        "workdir": layout.workdir,
        "kestra_memory": str(sizes["kestra"]),
        "postgres_memory": str(sizes["postgres"]),
        "heap": str(heap(sizes["kestra"])),
        "kestra_grace": str(stack["kestra"].stop_grace),
        "postgres_grace": str(stack["postgres"].stop_grace),
    }


def secrets_constants(stack: Stack) -> dict[str, str]:
    """How to tell secrets in `.env` and to strike them out, as `saved_logs` does."""
    return {
        "strike": logs.STRIKE,
        "shortest_secret": str(logs.SHORTEST),
        "no_secrets": " ".join(stack.environment),
    }


def render_scripts(
    settings: Settings, stack: Stack, sizes: dict[str, int], application_sha256: str
) -> list[Rendered]:
    """All of them, the library first; bash must be able to read each before it replaces another.

    + application_sha256: sum of `application.yaml`, as for the compose file
    """
    root = Layout(settings.root_dir).root
    values = {
        "constants": _quoted(constants(settings, stack)),
        "run_constants": _quoted(run_constants(settings, stack, sizes, application_sha256)),
        "secrets_constants": _quoted(secrets_constants(stack)),
        "root": root,
    }
    return [
        Rendered(
            path := f"{root}/{name}",
            render(f"{name}.j2", **values),
            mode="644" if name in LIBRARY else "755",
            check=f"bash -n {shlex.quote(temporary(path))}",
        )
        for name in (*LIBRARY, *SCRIPTS)
    ]


def _quoted(values: dict[str, str]) -> dict[str, str]:
    return {name: shlex.quote(value) for name, value in values.items()}
