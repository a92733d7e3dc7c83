"""A rootless Docker that runs Kestra's script tasks, and nothing else, in containers of its own."""

from __future__ import annotations

from kestra_provision.settings import Settings
from kestra_provision.stack.files import Directory
from kestra_provision.stack.limits import TASKS_GRACE
from kestra_provision.stack.question import Meaning, Question
from kestra_provision.stack.service import Service, Volume
from kestra_provision.stack.sizing import Share

NAME = "dind"
#: Where both containers have the folder of its socket; Kestra looks there by itself.
SOCKET_FOLDER = "/dind"


def dind(settings: Settings) -> Service:
    """It joins the shared network alone: tasks reach what others connect to that one, and neither
    the database server nor the host's Docker.
    """
    folder = socket_folder(settings)
    return Service(
        name=NAME,
        title="Script Docker",
        image=settings.script_docker_image,
        image_setting="script_docker_image",
        container=settings.script_docker_container_name,
        container_setting="script_docker_container_name",
        networks=frozenset({settings.network}),
        memory=Share(
            "script_docker_memory_mb", settings.script_docker_memory_mb, divisor=8, least=512
        ),
        stop_grace=TASKS_GRACE,
        cache=Volume(
            name=f"{settings.project_name}_script-images",
            short="script-images",
            mount="/home/rootless/.local/share/docker",
        ),
        directories=(
            Directory(f"{settings.root_dir}/tools/{NAME}", "755"),
            Directory(folder, "750", owner=NAME),
        ),
        rejoined=True,
        symptom="script tasks fail at once, other flows run",
        questions=(
            Question(
                name="answer of the script Docker",
                symptom="script tasks fail at once, other flows run",
                meanings={
                    "not-answering": Meaning(
                        cause="it is starting, or the host does not let it: docs/script-tasks.md",
                        fix="{deploy}; then: {its_logs} --tail 50",
                        restart=True,
                    )
                },
                fine="Docker answers",
            ),
        ),
    )


def socket_folder(settings: Settings) -> str:
    """On the host."""
    return f"{settings.root_dir}/tools/{NAME}/socket"
