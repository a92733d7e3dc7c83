"""What the supported distributions call Docker's packages, and what they lack."""

from __future__ import annotations

from dataclasses import dataclass

#: What Docker's packages only recommend, and is needed: registries are asked by TLS; without
#: apparmor containers run unconfined; `docker load` unpacks a .tar.xz with xz.
BESIDE = ("ca-certificates", "apparmor", "xz-utils")


@dataclass(frozen=True)
class Distribution:
    """What one calls them.

    + compose: None where no package brings compose v2
    + engine_version: None if unknown
    + without_systemd: more of them on a host without it
    """

    engine: tuple[str, ...]
    compose: str | None
    engine_version: str | None = None
    without_systemd: tuple[str, ...] = ()


_DEBIAN_12 = Distribution(
    ("docker.io",),
    compose=None,
    engine_version="20.10",
    without_systemd=("cgroupfs-mount",),  # nobody else mounts them, and Docker does not start
)
_DEBIAN = Distribution(("docker.io", "docker-cli"), compose="docker-compose")
_UBUNTU = Distribution(("docker.io",), compose="docker-compose-v2")


def distribution(os_id: str, version: str) -> Distribution:
    """The row for a host's ID and VERSION_ID. Debian 12's docker-compose is v1, a dead end."""
    if os_id == "ubuntu":
        return _UBUNTU
    return _DEBIAN_12 if version == "12" else _DEBIAN


def packages(os_id: str, version: str, *, own_compose: bool, systemd: bool = True) -> list[str]:
    """What apt shall install, and nothing that these only recommend: they would bring a hundred.

    + own_compose: the compose plugin comes another way (`compose_deb`)
    + systemd: whether the host has it
    """
    row = distribution(os_id, version)
    compose = [row.compose] if row.compose and not own_compose else []
    return [*row.engine, *compose, *BESIDE, *(() if systemd else row.without_systemd)]


#: All packages that a deploy may want, whatever the distribution: asked for in one look.
WANTED = sorted(
    {
        *(name for row in (_DEBIAN_12, _DEBIAN, _UBUNTU) for name in row.engine),
        *(row.compose for row in (_DEBIAN, _UBUNTU) if row.compose),
        *_DEBIAN_12.without_systemd,
        *BESIDE,
        "cron",
        "curl",
    }
)
