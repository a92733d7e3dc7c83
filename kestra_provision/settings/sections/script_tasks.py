"""Where script tasks run."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from kestra_provision.settings.section import Section


class ScriptTasksSection(Section):
    """Shell, Python and the others, where a flow does not say it itself."""

    title: ClassVar[str] = "Script tasks"

    script_tasks: Literal["process", "host-docker"] = Field(
        "process",
        description="[Where they run](script-tasks.md): `process` in Kestra's container, "
        "`host-docker` in containers of the host, for which Kestra gets `docker.sock`: whoever "
        "can write a flow is root on the host then.",
    )
