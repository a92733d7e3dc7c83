"""n8n, for the profiles in which it runs beside Kestra."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import Image, Mebibytes, Name, Port, keeps
from kestra_provision.settings.sections.images import ImagesSection
from kestra_provision.settings.versions import DEFAULT_N8N


class N8nSection(ImagesSection):
    """One instance of it, and its database; there is none without an image."""

    title: ClassVar[str] = "n8n"
    environment: ClassVar[Mapping[str, str]] = {
        "N8N_PORT": "n8n_port",
        "N8N_DB_NAME": "n8n_db_name",
        "N8N_DB_USER": "n8n_db_user",
    }

    n8n_image: Image | None = Field(
        f"n8nio/n8n:{DEFAULT_N8N}",
        description="Pinned: a version tag, a digest or both; `None` when all workflows have "
        "moved, which keeps n8n's data.",
    )
    n8n_container_name: Name = Field("devorch-n8n", description="n8n's container.")
    n8n_port: Port = Field(5678, description="n8n's editor, API and webhooks on the host.")
    n8n_bind_address: Annotated[str, keeps(rules.ip_address)] = Field(
        "127.0.0.1",
        description="Address `n8n_port` listens on. Whoever opens a new n8n first owns it.",
    )
    n8n_url: Annotated[str, keeps(rules.plain_url)] | None = Field(
        None,
        description="Address users and webhooks see; default `http://localhost:<n8n_port>/`.",
    )
    n8n_db_name: Annotated[str, keeps(rules.database_name)] = Field(
        "n8n", description="n8n's database."
    )
    n8n_db_user: Annotated[str, keeps(rules.database_name)] = Field(
        "n8n", description="n8n's database role."
    )
    n8n_memory_mb: Mebibytes | None = Field(
        None, description="Memory limit of n8n in MiB; default about an eighth of the host's."
    )

    def contradictions(self) -> Iterator[str]:
        """An image that may change by itself, or webhooks that nobody could call."""
        if not self.n8n_image:
            return
        yield from self.rolling("n8n_image", self.n8n_image)
        if not (self.n8n_url or ipaddress.ip_address(self.n8n_bind_address).is_loopback):
            yield (
                "n8n_url is not set, and with n8n_bind_address others come in: its links and "
                "webhooks would say localhost"
            )

    @property
    def n8n_address(self) -> str:
        """n8n's address as its users see it, trailing slash included."""
        return self.n8n_url or f"http://localhost:{self.n8n_port}/"
