"""Profile `tools`: one Kestra with its own PostgreSQL, names as in the stack that it replaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from kestra_provision.profiles.clashes import clashes
from kestra_provision.services.kestra import kestra
from kestra_provision.services.postgres import NAME, PORT, postgres
from kestra_provision.services.script_tasks import beside
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.sections.kestra import ContainerName
from kestra_provision.settings.sections.postgres import PostgresContainerName, PostgresSection
from kestra_provision.settings.sections.setup import PROFILE, Network, ProjectName
from kestra_provision.stack.service import Database
from kestra_provision.stack.stack import Stack


class Tools(PostgresSection, Settings):
    """One Kestra with its own PostgreSQL."""

    profile: Annotated[Literal["tools"], PROFILE] = "tools"
    project_name: ProjectName = "tools-kestra"
    container_name: ContainerName = "tools-kestra"
    postgres_container_name: PostgresContainerName = "tools-kestra-postgres"
    network: Network = "tradingsystem_backend"

    def contradictions(self) -> Iterator[str]:
        """Between the two services."""
        yield from clashes(self, tools(self))


def tools(settings: Tools) -> Stack:
    """PostgreSQL on a network of its own; Kestra joins the one that it shares with others."""
    internal = f"{settings.project_name}_internal"
    database = Database(
        host=settings.postgres_container_name,
        port=PORT,
        name=settings.db_name,
        user=settings.db_user,
        secret=passwords.DB,
    )
    return Stack(
        name="tools",
        project=settings.project_name,
        root=settings.root_dir,
        services=(
            postgres(settings, settings.project_name, internal, (database,)),
            *(scripts := beside(settings)),
            kestra(
                settings,
                frozenset({internal, settings.network}),
                database,
                needs=(NAME, *(each.name for each in scripts)),
            ),
        ),
        shared=settings.network,
        internal=internal,
    )
