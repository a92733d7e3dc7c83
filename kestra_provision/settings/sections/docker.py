"""Which Docker, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from packaging.version import Version
from pydantic import Field

from kestra_provision.settings import rules
from kestra_provision.settings.fields import Sha256, keeps
from kestra_provision.settings.section import Section


class DockerSection(Section):
    """Docker Engine and its compose plugin."""

    title: ClassVar[str] = "Docker"

    docker_source: Literal["docker", "distro", "present"] = Field(
        "docker",
        description="Where Docker comes from: `docker` installs from Docker's own apt repository, "
        "`distro` the distribution's packages, `present` takes the one that is there.",
    )
    docker_repository: Annotated[str, keeps(rules.repository)] = Field(
        "https://download.docker.com/linux",
        description="That repository or a mirror of it; `/debian` or `/ubuntu` is added.",
    )
    docker_repository_fingerprint: Annotated[str, keeps(rules.fingerprint)] = Field(
        "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
        description="Fingerprint of the key it is signed with; no other key is trusted.",
    )
    docker_version: Annotated[str, keeps(rules.engine_version)] | None = Field(
        None,
        description="Docker Engine to install from that repository, such as `28.2.2`; "
        "default the newest at the first deploy, then kept.",
    )
    docker_min_version: Annotated[str, keeps(rules.version)] = Field(
        "24.0", description="Oldest Docker Engine accepted."
    )
    docker_users: list[Annotated[str, keeps(rules.user_name)]] = Field(
        [],
        description="Users put into group `docker` beside the one that connects. "
        "Who is in it is root on the host.",
    )
    compose_deb: str | None = Field(
        None,
        description="A compose plugin as .deb, path on the laptop, for distributions without one.",
    )
    compose_deb_sha256: Sha256 | None = Field(None, description="Its SHA-256.")

    def contradictions(self) -> Iterator[str]:
        """A version that nobody installs, or a plugin that is there already."""
        if self.compose_deb and self.docker_source == "docker":
            yield "compose_deb is set, and docker_source = 'docker' brings a compose plugin already"
        if self.docker_version is None:
            return
        if self.docker_source != "docker":
            yield "docker_version is set, and only docker_source = 'docker' installs a version"
        if Version(self.docker_version) < Version(self.docker_min_version):
            yield (
                f"docker_version {self.docker_version} is older than "
                f"docker_min_version {self.docker_min_version}"
            )
