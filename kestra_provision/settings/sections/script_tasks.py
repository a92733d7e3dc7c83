"""Where script tasks run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from kestra_provision.settings.fields import Image, Mebibytes, Name
from kestra_provision.settings.sections.images import ImagesSection
from kestra_provision.settings.versions import ImageReference


class ScriptTasksSection(ImagesSection):
    """Shell, Python and the others, where a flow does not say it itself."""

    title: ClassVar[str] = "Script tasks"

    script_tasks: Literal["process", "docker", "host-docker"] = Field(
        "process",
        description="[Where they run](script-tasks.md): `process` in Kestra's container, `docker` "
        "in containers of a rootless Docker of their own, `host-docker` in containers of the host, "
        "for which Kestra gets `docker.sock`: whoever can write a flow is root on the host then.",
    )
    script_docker_image: Image = Field(
        "docker:28.5.2-dind-rootless",
        description="The rootless Docker of `docker`. Pinned: a version tag, a digest or both.",
    )
    script_docker_container_name: Name = Field("kestra-script-docker", description="Its container.")
    script_docker_memory_mb: Mebibytes | None = Field(
        None,
        description="Its memory limit in MiB, with all tasks in it; default about an eighth of the "
        "host's.",
    )
    script_images: list[Image] = Field(
        [],
        description="Images of tasks, which a deploy brings into it before a task asks for them.",
    )

    def contradictions(self) -> Iterator[str]:
        """Images that may change by themselves, or that nobody would use."""
        if self.script_tasks == "docker":
            image = ImageReference.parse(self.script_docker_image)
            has_version = any(letter.isdigit() for letter in image.tag or "")
            yield from self.rolling(
                "script_docker_image", self.script_docker_image, has_version=has_version
            )
            for each in self.script_images:
                yield from self.rolling("script_images", each)
        elif self.script_images:
            yield "script_images is set, and only script_tasks = 'docker' brings any"
