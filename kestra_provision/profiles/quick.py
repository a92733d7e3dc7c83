"""Profile `quick`: one Kestra with a small database of its own, to try it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from kestra_provision.profiles.clashes import clashes
from kestra_provision.services.kestra import kestra
from kestra_provision.services.script_tasks import beside
from kestra_provision.settings import Settings
from kestra_provision.settings.sections.kestra import ContainerName
from kestra_provision.settings.sections.setup import PROFILE, Network, ProjectName
from kestra_provision.stack.stack import Stack


class Quick(Settings):
    """One Kestra alone, its data in a file: [to try it out](quick.md)."""

    profile: Annotated[Literal["quick"], PROFILE] = "quick"
    project_name: ProjectName = "kestra-quick"
    container_name: ContainerName = "kestra-quick"
    network: Network = "kestra-quick"

    def contradictions(self) -> Iterator[str]:
        """Between its ports, and of its image."""
        yield from clashes(self, quick(self))


def quick(settings: Quick) -> Stack:
    """Kestra alone.

    It is what `server local` starts, but for what that command fixes in spite of any
    configuration: it draws a port for health and metrics at each start, so that nobody could ask
    whether it is well, and keeps database and storage in one folder inside the container.
    """
    return Stack(
        name="quick",
        project=settings.project_name,
        root=settings.root_dir,
        services=(
            *(scripts := beside(settings)),
            kestra(
                settings,
                frozenset({settings.network}),
                database=None,
                needs=tuple(each.name for each in scripts),
            ),
        ),
        shared=settings.network,
    )
