"""Where images come from, and which are accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import Flag, Sha256, keeps
from kestra_provision.settings.section import Section
from kestra_provision.settings.versions import ImageReference

_ROLLS = "names no fixed version"


class ImagesSection(Section):
    """A registry, or an archive for hosts that reach none."""

    title: ClassVar[str] = "Images"

    image_source: Literal["registry", "archive"] = Field(
        "registry",
        description="`registry` pulls, `archive` loads a `docker save` file for hosts without one.",
    )
    image_archive: str | None = Field(
        None, description="That file: a path on the laptop, or a URL that the host downloads."
    )
    image_archive_sha256: Sha256 | None = Field(
        None, description="Its SHA-256; must be given with a URL."
    )
    registry: Annotated[str, keeps(rules.registry)] | None = Field(
        None,
        description="Registry to log in to before a pull, such as `registry.example.com:5000`; "
        "`docker.io` is Docker Hub.",
    )
    registry_username: str | None = Field(
        None, description="User there; the password is `KESTRA_REGISTRY_PASSWORD` of the laptop."
    )
    allow_latest: Flag = Field(
        False, description="Accept a rolling tag such as `latest`, which crosses breaking releases."
    )

    def contradictions(self) -> Iterator[str]:
        """A source without its file, a file without its sum, half a login."""
        if self.image_source == "archive" and not self.image_archive:
            yield "image_archive is not set, and image_source = 'archive' needs it"
        if self.archive_is_url and not self.image_archive_sha256:
            yield "image_archive_sha256 is not set, and a URL as image_archive needs it"
        if bool(self.registry) != bool(self.registry_username):
            yield "registry and registry_username need each other"

    @property
    def archive_is_url(self) -> bool:
        """True when the host downloads the archive itself."""
        return bool(self.image_archive and self.image_archive.startswith(("http://", "https://")))

    @property
    def accepted_rolling(self) -> list[str]:
        """What `allow_latest` accepts: images that may be other versions tomorrow, a line each."""
        strict = self.model_copy(update={"allow_latest": False})
        found = strict.all_contradictions() if self.allow_latest else []
        return [line.partition(";")[0] for line in found if _ROLLS in line]

    def rolling(self, setting: str, reference: str, *, has_version: bool = True) -> Iterator[str]:
        """Why an image is refused that may be another version tomorrow.

        + setting: whose value it is
        + has_version: the tag names one, for an image whose tags may mean anything
        """
        image = ImageReference.parse(reference)
        rolls = image.rolling or not (has_version or image.digest)
        if rolls and not self.allow_latest:
            yield f"{setting} {reference} {_ROLLS}; allow_latest = True accepts that"
