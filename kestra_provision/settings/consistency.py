"""What is wrong between settings, each of which is right by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from packaging.version import Version

from kestra_provision.settings.versions import (
    ImageReference,
    kestra_version,
    postgres_major,
    registry_of,
    vulnerability,
)

if TYPE_CHECKING:
    from kestra_provision.settings.model import Settings


def contradictions(settings: Settings) -> Iterator[str]:
    """One line each, with the names of the settings and what would do."""
    yield from _clashes(settings)
    yield from _watch_gaps(settings)
    yield from _docker_gaps(settings)
    yield from _archive_gaps(settings)
    yield from _network_gaps(settings)
    yield from _unsafe_images(settings)


def _clashes(settings: Settings) -> Iterator[str]:
    if settings.http_port == settings.management_port:
        yield f"http_port and management_port are both {settings.http_port}"
    if settings.container_name == settings.postgres_container_name:
        yield f"container_name and postgres_container_name are both {settings.container_name}"


def _watch_gaps(settings: Settings) -> Iterator[str]:
    for name in ("notify_command", "self_repair_per_hour"):
        if getattr(settings, name) and not settings.watch_interval_minutes:
            yield f"{name} is set, and with watch_interval_minutes = 0 nobody looks"


def _docker_gaps(settings: Settings) -> Iterator[str]:
    if settings.compose_deb and settings.docker_source == "docker":
        yield "compose_deb is set, and docker_source = 'docker' brings a compose plugin already"
    if settings.docker_version is None:
        return
    if settings.docker_source != "docker":
        yield "docker_version is set, and only docker_source = 'docker' installs a version"
    if Version(settings.docker_version) < Version(settings.docker_min_version):
        yield (
            f"docker_version {settings.docker_version} is older than "
            f"docker_min_version {settings.docker_min_version}"
        )


def _network_gaps(settings: Settings) -> Iterator[str]:
    if settings.no_proxy and settings.http_proxy is None:
        yield "no_proxy is set, and http_proxy is not"
    if bool(settings.registry) != bool(settings.registry_username):
        yield "registry and registry_username need each other"
    images = (settings.kestra_image, settings.postgres_image)
    if settings.registry and not any(registry_of(i) == settings.registry for i in images):
        yield f"registry {settings.registry} is not that of kestra_image or postgres_image"


def _archive_gaps(settings: Settings) -> Iterator[str]:
    if settings.image_source == "archive" and not settings.image_archive:
        yield "image_archive is not set, and image_source = 'archive' needs it"
    if settings.archive_is_url and not settings.image_archive_sha256:
        yield "image_archive_sha256 is not set, and a URL as image_archive needs it"


def _unsafe_images(settings: Settings) -> Iterator[str]:
    for name in ("kestra_image", "postgres_image"):
        reference = str(getattr(settings, name))
        if _rolls(name, reference) and not settings.allow_latest:
            yield f"{name} {reference} names no fixed version; allow_latest = True accepts that"
    version = kestra_version(settings.kestra_image)
    why = vulnerability(version) if version else None
    if why and not settings.accept_vulnerable_version:
        yield (
            f"kestra_image {settings.kestra_image} is vulnerable ({why}); "
            "accept_vulnerable_version = True accepts that"
        )
    major = postgres_major(settings.postgres_image)
    if major is None or major < 14:  # whatever rolls: it decides where the data lies
        yield f"postgres_image {settings.postgres_image} must name a major version, 14 or newer"


def _rolls(setting: str, reference: str) -> bool:
    """True when the image may be another version tomorrow. PostgreSQL's majors are fixed enough."""
    image = ImageReference.parse(reference)
    kestra_without_version = setting == "kestra_image" and kestra_version(reference) is None
    return image.rolling or (kestra_without_version and not image.digest)
