"""Kestra itself: its image, its names, its ports, its administrator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.addresses import bracketed, reached
from kestra_provision.settings.fields import Flag, Image, Mebibytes, Name, Port, keeps
from kestra_provision.settings.sections.images import ImagesSection
from kestra_provision.settings.versions import DEFAULT_KESTRA, kestra_version, vulnerability

#: A profile repeats it with a default of its own.
ContainerName = Annotated[Name, Field(description="Kestra's container.")]


class KestraSection(ImagesSection):
    """Of every profile: Kestra is what they are there for."""

    title: ClassVar[str] = "Kestra"
    environment: ClassVar[Mapping[str, str]] = {
        "KESTRA_HTTP_PORT": "http_port",
        "KESTRA_MANAGEMENT_PORT": "management_port",
        "KESTRA_BASICAUTH_USERNAME": "basic_auth_username",
    }

    kestra_image: Image = Field(
        f"kestra/kestra:v{DEFAULT_KESTRA}", description="Pinned: a version tag, a digest or both."
    )
    accept_vulnerable_version: Flag = Field(
        False, description="Accept a Kestra version with a known severe vulnerability."
    )
    container_name: ContainerName
    http_port: Port = Field(8080, description="UI and API on the host.")
    management_port: Port = Field(
        8081, description="Health and metrics, always on loopback only: it has no password."
    )
    bind_address: Annotated[str, keeps(rules.ip_address)] = Field(
        "127.0.0.1", description="Address `http_port` listens on."
    )
    kestra_url: Annotated[str, keeps(rules.url)] | None = Field(
        None, description="Address users see, for links; default `http://localhost:<http_port>/`."
    )
    basic_auth_username: Annotated[str, keeps(rules.email)] = Field(
        "admin@kestra.local", description="The administrator, an e-mail address."
    )
    kestra_memory_mb: Mebibytes | None = Field(
        None, description="Memory limit of Kestra in MiB; default about half of the host's."
    )
    health_timeout: Annotated[int, Field(ge=10, le=3600, strict=True)] = Field(
        300, description="Seconds to wait for a healthy Kestra. An upgrade migrates for minutes."
    )

    def contradictions(self) -> Iterator[str]:
        """An image that may change by itself, or one that is known to be unsafe."""
        version = kestra_version(self.kestra_image)
        yield from self.rolling("kestra_image", self.kestra_image, has_version=version is not None)
        why = vulnerability(version) if version else None
        if why and not self.accept_vulnerable_version:
            yield (
                f"kestra_image {self.kestra_image} is vulnerable ({why}); "
                "accept_vulnerable_version = True accepts that"
            )

    @property
    def local_address(self) -> str:
        """Where the host itself reaches `http_port`, brackets around an IPv6 address."""
        return bracketed(reached(self.bind_address))

    @property
    def url(self) -> str:
        """Kestra's address as its users see it, trailing slash included."""
        return self.kestra_url or f"http://localhost:{self.http_port}/"
