"""A sidecar API, for the profiles that have room for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import Image, Mebibytes, Name, Port, keeps
from kestra_provision.settings.sections.n8n import N8nSection


class SidecarSection(N8nSection):
    """An HTTP service of one's own; there is none without an image."""

    title: ClassVar[str] = "Sidecar"
    environment: ClassVar[Mapping[str, str]] = {"SIDECAR_PORT": "sidecar_port"}

    sidecar_image: Image | None = Field(
        None,
        description="An HTTP service of your own that keeps the [contract](sidecar.md); "
        "default none.",
    )
    sidecar_container_name: Name = Field("devorch-sidecar", description="Its container.")
    sidecar_port: Port = Field(8000, description="Its API on the host.")
    sidecar_bind_address: Annotated[str, keeps(rules.ip_address)] = Field(
        "127.0.0.1", description="Address `sidecar_port` listens on."
    )
    sidecar_memory_mb: Mebibytes | None = Field(
        None, description="Its memory limit in MiB; default about a sixteenth of the host's."
    )

    def contradictions(self) -> Iterator[str]:
        """An image that may change by itself, or one without its neighbour."""
        if self.sidecar_image:
            yield from self.rolling("sidecar_image", self.sidecar_image)
            if not self.n8n_image:
                yield "sidecar_image is set, and n8n_image = None: its contract gives it both"
