"""A second profile beside `tools`, without PostgreSQL."""

from __future__ import annotations

from typing import Annotated, Literal

from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings
from kestra_provision.settings.sections.kestra import ContainerName
from kestra_provision.settings.sections.setup import PROFILE, Network, ProjectName


class Small(Settings):
    """Kestra alone."""

    profile: Annotated[Literal["small"], PROFILE] = "small"
    project_name: ProjectName = "small"
    container_name: ContainerName = "small"
    network: Network = "small"


TWO: dict[str, type[Settings]] = {"tools": Tools, "small": Small}
