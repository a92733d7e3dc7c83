"""Which versions of Kestra, PostgreSQL and n8n exist, differ and are refused: one small table."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

#: The newest known patch of the 1.3 line; the default image is pinned to it.
DEFAULT_KESTRA = "1.3.39"
DEFAULT_POSTGRES = "17"
#: The newest known patch of the last 1.x line.
DEFAULT_N8N = "1.123.81"

_TAG = re.compile(r"^v?(\d+\.\d+\.\d+)(?:-[a-z0-9.-]+)?$")
_ROLLING = {
    *("latest", "latest-lts", "latest-full", "develop", "develop-lts", "lts"),
    *("stable", "next", "beta", "nightly"),
}


@dataclass(frozen=True)
class ImageReference:
    """An image as written in a setting, e.g. `kestra/kestra:v1.3.39@sha256:…`."""

    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Splits `repository[:tag][@digest]`; a registry's port (`host:5000/x`) is no tag."""
        name, _, digest = text.partition("@")
        head, _, last = name.rpartition("/")
        repository, _, tag = last.partition(":")
        return cls(f"{head}/{repository}" if head else repository, tag or None, digest or None)

    @property
    def rolling(self) -> bool:
        """True when the reference can name another version tomorrow."""
        if self.digest:
            return False
        return self.tag is None or self.tag in _ROLLING or self.tag.startswith("latest")


def kestra_version(image: str) -> Version | None:
    """The version in a Kestra image's tag (`v1.3.39`, `0.20.7-slim`); None when it has none."""
    match = _TAG.match(ImageReference.parse(image).tag or "")
    return Version(match.group(1)) if match else None


def vulnerability(version: Version) -> str | None:
    """Why this version is refused unless accepted by a setting; None when nothing is known.

    CVE-2026-53576 is unauthenticated remote code execution; 0.x was not checked by its
    reporters and counts as affected. 2.0.0 floods logs and silences schedules (kestra#19137).
    """
    if version < Version("1.0.45") or Version("1.1.0") <= version < Version("1.3.21"):
        return "CVE-2026-53576, unauthenticated remote code execution"
    if version == Version("2.0.0"):
        return "kestra#19137, a ForEach with a schedule silences every schedule"
    return None


def api_prefix(version: Version | None) -> str:
    """Where the API of this version lives: tenants came into the path with 0.23."""
    if version is not None and version < Version("0.23"):
        return "/api/v1"
    return "/api/v1/main"


def postgres_major(image: str) -> int | None:
    """The major version in a PostgreSQL image's tag (`17`, `17.6-alpine`); None without one."""
    match = re.match(r"^(\d+)", ImageReference.parse(image).tag or "")
    return int(match.group(1)) if match else None


def postgres_data_mount(image: str) -> str:
    """Where the official image wants its volume: up to 17 the data directory, from 18 above it."""
    major = postgres_major(image)
    return "/var/lib/postgresql/data" if major and major <= 17 else "/var/lib/postgresql"


def at_least(found: str, wanted: str) -> bool:
    """Compares versions; Docker's `20.10.24+dfsg1` and Ubuntu's `24.04` included."""
    try:
        return Version(found.partition("+")[0]) >= Version(wanted.partition("+")[0])
    except InvalidVersion:
        return False


def registry_of(image: str) -> str:
    """Where Docker pulls this image from; a first part without a dot or port is a user's name."""
    head, _, rest = image.partition("/")
    named = rest and (head == "localhost" or "." in head or ":" in head)
    return head if named else "docker.io"
