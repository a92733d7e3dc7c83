"""What the set-up is called, and where it is."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import keeps
from kestra_provision.settings.section import Section

#: A profile repeats these with a default of its own.
ProjectName = Annotated[str, keeps(rules.project_name), Field(description="Compose project.")]
Network = Annotated[
    str,
    keeps(rules.network_name),
    Field(description="Docker network shared with other stacks."),
]
#: Of the setting `profile`, whose only value in a profile's class is the profile's name.
PROFILE = Field(description="Which set-up; it brings the services, and defaults of their names.")


class SetupSection(Section):
    """Of every profile."""

    title: ClassVar[str] = "Set-up"

    profile: Annotated[str, PROFILE]
    root_dir: Annotated[str, keeps(rules.absolute_path)] = Field(
        "/opt/kestra", description="Where everything lives on the host."
    )
    project_name: ProjectName
    network: Network
