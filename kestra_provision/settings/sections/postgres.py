"""PostgreSQL, for the profiles that have a server of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import Image, Mebibytes, Name, keeps
from kestra_provision.settings.sections.images import ImagesSection
from kestra_provision.settings.versions import DEFAULT_POSTGRES, postgres_major

#: A profile repeats it with a default of its own.
PostgresContainerName = Annotated[Name, Field(description="PostgreSQL's container.")]


class PostgresSection(ImagesSection):
    """The server, and Kestra's database on it."""

    title: ClassVar[str] = "PostgreSQL"
    environment: ClassVar[Mapping[str, str]] = {
        "KESTRA_DB_NAME": "db_name",
        "KESTRA_DB_USER": "db_user",
    }
    #: The stack's own server.
    fixed: ClassVar[Mapping[str, str]] = {"KESTRA_DB_PORT": "5432"}
    derived: ClassVar[Mapping[str, str]] = {"KESTRA_DB_HOST": "postgres_container_name"}

    postgres_image: Image = Field(
        f"postgres:{DEFAULT_POSTGRES}", description="With its major version in the tag."
    )
    postgres_container_name: PostgresContainerName
    db_name: Annotated[str, keeps(rules.database_name)] = Field(
        "kestra", description="Database name."
    )
    db_user: Annotated[str, keeps(rules.database_name)] = Field(
        "kestra", description="Database role."
    )
    postgres_memory_mb: Mebibytes | None = Field(
        None, description="Memory limit of PostgreSQL in MiB; default about a sixth of the host's."
    )

    def contradictions(self) -> Iterator[str]:
        """A version that may change by itself: it decides where the data lies."""
        yield from self.rolling("postgres_image", self.postgres_image)
        major = postgres_major(self.postgres_image)
        if major is None or major < 14:
            yield f"postgres_image {self.postgres_image} must name a major version, 14 or newer"
