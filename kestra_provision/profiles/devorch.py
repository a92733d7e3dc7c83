"""Profile `devorch`: Kestra beside n8n on one PostgreSQL, while workflows move over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from kestra_provision.profiles.clashes import clashes
from kestra_provision.services.kestra import kestra
from kestra_provision.services.n8n import n8n
from kestra_provision.services.postgres import NAME, PORT, postgres
from kestra_provision.services.script_tasks import beside
from kestra_provision.services.sidecar import sidecar
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.sections.kestra import ContainerName
from kestra_provision.settings.sections.postgres import PostgresContainerName, PostgresSection
from kestra_provision.settings.sections.setup import PROFILE, Network, ProjectName
from kestra_provision.settings.sections.sidecar import SidecarSection
from kestra_provision.stack.service import Database, MadeWith, Service
from kestra_provision.stack.stack import Stack

#: What a PostgreSQL has by itself.
_OF_THE_SERVER = ("postgres", "template0", "template1")


class DevOrch(SidecarSection, PostgresSection, Settings):
    """Kestra beside n8n, and a PostgreSQL of both: [while workflows move over](devorch.md)."""

    profile: Annotated[Literal["devorch"], PROFILE] = "devorch"
    project_name: ProjectName = "devorch"
    container_name: ContainerName = "devorch-kestra"
    postgres_container_name: PostgresContainerName = "devorch-postgres"
    network: Network = "devorch"

    def contradictions(self) -> Iterator[str]:
        """Between its services."""
        yield from clashes(self, devorch(self))
        for mine, other in (("db_name", "n8n_db_name"), ("db_user", "n8n_db_user")):
            if getattr(self, mine) == getattr(self, other):
                yield f"{mine} and {other} are both {getattr(self, mine)}"
            for name in (mine, other):
                if getattr(self, name) in _OF_THE_SERVER:
                    yield f"{name} {getattr(self, name)} is the server's own; choose another one"


def devorch(settings: DevOrch) -> Stack:
    """Kestra starts last. Who has data has it on the server, each behind a role of its own."""
    internal = f"{settings.project_name}_internal"
    networks = frozenset({internal, settings.network})
    of_kestra = _database(settings, settings.db_name, settings.db_user, passwords.DB)
    of_n8n = _database(settings, settings.n8n_db_name, settings.n8n_db_user, passwords.N8N_DB)
    neighbours, databases = list[Service](), [of_kestra]
    if image := settings.n8n_image:
        databases.append(of_n8n)
        neighbours.append(n8n(settings, image, settings.root_dir, networks, of_n8n, NAME))
    if image := settings.sidecar_image:
        neighbours.append(sidecar(settings, image, frozenset({settings.network})))
    return Stack(
        name="devorch",
        project=settings.project_name,
        root=settings.root_dir,
        services=(
            postgres(settings, settings.project_name, internal, tuple(databases), apart=True),
            *neighbours,
            *(scripts := beside(settings)),
            kestra(
                settings,
                networks,
                of_kestra,
                needs=(NAME, *(each.name for each in scripts)),
                made_with=(
                    MadeWith("db_name", settings.db_name, "KESTRA_DB_NAME", "DB_NAME"),
                    MadeWith("db_user", settings.db_user, "KESTRA_DB_USER", "DB_USER"),
                ),
            ),
        ),
        shared=settings.network,
        internal=internal,
    )


def _database(settings: DevOrch, name: str, user: str, secret: str) -> Database:
    return Database(settings.postgres_container_name, PORT, name, user, secret)
