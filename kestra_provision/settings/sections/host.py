"""How large a host must be."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings.section import Section

Count = Annotated[int, Field(ge=1, strict=True)]


class HostSection(Section):
    """Smaller ones are refused."""

    title: ClassVar[str] = "Host"

    min_cpus: Count = Field(2, description="Fewest CPUs accepted.")
    min_memory_mb: Count = Field(
        3600, description="Least memory accepted, in MiB; a 4 GB server shows a little more."
    )
    min_disk_gb: Count = Field(30, description="Smallest disk accepted, in GB of 10^9 bytes.")
