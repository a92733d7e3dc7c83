"""Profile `tools`: one Kestra with its own PostgreSQL."""

from __future__ import annotations

from kestra_provision.services.kestra import kestra
from kestra_provision.services.postgres import NAME, PORT, postgres
from kestra_provision.settings import Settings, passwords
from kestra_provision.stack.service import Database
from kestra_provision.stack.stack import Stack


def tools(settings: Settings) -> Stack:
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
            postgres(settings, internal),
            kestra(settings, frozenset({internal, settings.network}), database, needs=(NAME,)),
        ),
        shared=settings.network,
        internal=internal,
    )
