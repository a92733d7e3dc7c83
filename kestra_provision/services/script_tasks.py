"""Where Kestra's script tasks run, and what that makes of Kestra's own container."""

from __future__ import annotations

from kestra_provision.services.dind import SOCKET_FOLDER, dind, socket_folder
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.service import Service

#: Types of tasks that start programs, by how they begin. Below them are no runners, which have no
#: `env` and would be refused with one.
SCRIPTS = tuple(
    f"io.kestra.plugin.{name}."
    for name in (
        *(
            f"scripts.{language}"
            for language in (
                *("bun", "deno", "go", "jbang", "julia", "lua", "node", "perl", "php"),
                *("powershell", "python", "r", "ruby", "shell"),
            )
        ),
        *("ansible.cli", "aws.cli", "azure.cli", "dbt.cli", "gcp.cli", "terraform.cli"),
    )
)
_HOST, _OWN = "host-docker", "docker"
_DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"
_RUNNERS = {
    "process": "io.kestra.plugin.core.runner.Process",
    _OWN: _DOCKER,
    _HOST: _DOCKER,
}


def runner_of(settings: Settings) -> str:
    """The type of the task runner of a script task that names none.

    A plugin's default holds nothing but the type: whatever else stood beside it would be added to
    the runner that a task names.
    """
    return _RUNNERS[settings.script_tasks]


def gets_host_docker(settings: Settings) -> bool:
    """Kestra has the host's docker.sock."""
    return settings.script_tasks == _HOST


def beside(settings: Settings) -> tuple[Service, ...]:
    """The services that run script tasks, which Kestra needs; mostly none."""
    return (dind(settings),) if settings.script_tasks == _OWN else ()


def socket_mount(settings: Settings) -> str:
    """What Kestra's container mounts of the rootless Docker's; empty where there is none."""
    if settings.script_tasks != _OWN:
        return ""
    return f"{socket_folder(settings)}:{SOCKET_FOLDER}"


def workdir_mount(settings: Settings) -> str:
    """Where Kestra's container has the working directories of tasks.

    Whatever Docker runs the tasks is told their paths as Kestra has them: it must find the same
    files there.
    """
    if gets_host_docker(settings):
        return Layout(settings.root_dir).workdir
    return "/tmp/kestra-wd"


def warning(settings: Settings) -> str:
    """What people must know before they say yes; empty where there is nothing."""
    if not gets_host_docker(settings):
        return ""
    return (
        f"script_tasks = '{_HOST}': Kestra gets the host's docker.sock, "
        "and whoever can write a flow is root on this host"
    )
