"""What befalls a server, and how the deploy after it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kestra_provision.docker.archive import read_archive
from tests.e2e.conftest import Site

_STOP = (
    "docker stop tools-kestra && docker stop tools-kestra-postgres; "
    "systemctl stop docker.socket docker containerd; "
)
#: Ways to lose the secrets in `.env` while our containers still have them.
LOSSES = {
    "deleted": "rm /opt/kestra/.env",
    "emptied": "truncate --size 0 /opt/kestra/.env",
    "cut off in the last secret": "truncate --size -9 /opt/kestra/.env",
    "cut off before the secrets": "sed -i '/^KESTRA_DB_PASSWORD=/,$d' /opt/kestra/.env",
    "deleted, containers stopped": (
        "rm /opt/kestra/.env; docker stop tools-kestra && docker stop tools-kestra-postgres"
    ),
    "deleted, container renamed": "rm /opt/kestra/.env; docker rename tools-kestra by-hand",
    "deleted, Docker stopped": "rm /opt/kestra/.env; systemctl stop docker.socket docker",
    "deleted, containers removed": (
        "rm /opt/kestra/.env; docker rm -f tools-kestra tools-kestra-postgres"
    ),
    "deleted with the configuration": "rm /opt/kestra/.env /opt/kestra/config/application.yaml",
}
#: Nobody knows them any more.
LOST = (
    "rm /opt/kestra/.env /opt/kestra/config/application.yaml; "
    "docker rm -f tools-kestra tools-kestra-postgres"
)
#: What somebody does to `.env` without losing any of it, and the proof that it is mended.
DAMAGES = {
    "Windows' line ends": (
        "sed -i 's/$/\\r/' /opt/kestra/.env",
        "! grep -q \"$(printf '\\r')\" /opt/kestra/.env",
    ),
    "byte order mark": (
        "sed -i '1s/^/\\xef\\xbb\\xbf/' /opt/kestra/.env",
        "[ \"$(head -c 1 /opt/kestra/.env)\" = '#' ]",
    ),
    "somebody else's": (
        "chown 1000:1000 /opt/kestra/.env",
        "[ $(stat -c %u:%g:%a /opt/kestra/.env) = 0:0:600 ]",
    ),
    "all of it somebody else's": (
        "chown -R 1000:1000 /opt/kestra",
        "[ $(stat -c %u:%g:%a /opt/kestra) = 0:0:755 ]",
    ),
}


def deployed(site: Site) -> str:
    """The deploy ends well; returns what it said."""
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def refused(site: Site, *said: str) -> None:
    """The deploy fails, says all of this and no secret."""
    done = site.deploy()
    assert done.returncode == 1, done.stderr
    for text in said:
        assert text in done.stderr, done.stderr
    assert "Traceback" not in done.stderr, done.stderr


def docker_disk(site: Site, times: float, how: str = "remount,") -> str:
    """Mounts Docker's data, or changes its size, as a multiple of the images' archive."""
    megabytes = read_archive(site.data["image_archive"]).unpacked / 1e6 * times
    return f"mount -t tmpfs -o {how}size={megabytes:.0f}m tmpfs /var/lib/docker"


@contextmanager
def own_disk(site: Site) -> Iterator[None]:
    """All of `/opt/kestra` is on a filesystem that a test can fill."""
    site.vps.run(
        "docker rm -f tools-kestra tools-kestra-postgres; cp -a /opt/kestra /root/kestra; "
        "mount -t tmpfs -o size=600m tmpfs /opt/kestra; cp -a /root/kestra/. /opt/kestra"
    )
    try:
        yield
    finally:
        site.vps.run(
            "docker rm -f tools-kestra tools-kestra-postgres; "
            "umount /opt/kestra; rm -r /root/kestra"
        )


@contextmanager
def empty_docker(site: Site) -> Iterator[None]:
    """Docker has no data yet, and hardly more room than the archive."""
    site.vps.run(f"{_STOP}{docker_disk(site, 1.1, how='')}; systemctl start docker")
    try:
        yield
    finally:
        site.vps.run(
            f"{_STOP}umount -R /var/lib/docker; "
            "systemctl reset-failed docker; systemctl start docker"
        )
