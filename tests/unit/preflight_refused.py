"""Hosts that are refused before anything changes: what is wrong, where, and the way out."""

from dataclasses import replace
from typing import Any

from kestra_provision.docker.archive import Archive
from kestra_provision.facts.survey import HostSurvey
from tests.unit.preflight_hosts import BARE, BOOKWORM, OURS, RUNNING, archive, container, listening

#: Setting or facts, then what must stand in what, where and fix of the one problem.
REFUSED: dict[str, tuple[dict[str, Any], HostSurvey, Archive | None, tuple[str, str, str]]] = {
    "no sudo": (
        {},
        replace(BARE, privilege="none", user="joe", cpus=0),
        None,
        (
            "joe is not root and may not use sudo without a password",
            "ssh_user",
            "echo 'joe ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/joe",
        ),
    ),
    "no sudo for a user whose name sudo would pass over as a file's": (
        {},
        replace(BARE, privilege="none", user="jane.doe@example.com", cpus=0),
        None,
        (
            "jane.doe@example.com is not root and may not use sudo without a password",
            "ssh_user",
            "| sudo tee /etc/sudoers.d/jane-doe-example-com",
        ),
    ),
    "nothing answered": (
        {},
        HostSurvey(),
        None,
        ("the user is not root", "the host's user", "connect as root"),
    ),
    "old Debian": (
        {},
        replace(BARE, os_version="11", os_name="Debian GNU/Linux 11"),
        None,
        ("Debian GNU/Linux 11 is not supported", "/etc/os-release", "Debian 12 or newer"),
    ),
    "old Ubuntu": (
        {},
        replace(BARE, os_id="ubuntu", os_version="20.04", os_name="Ubuntu 20.04"),
        None,
        ("Ubuntu 20.04 is not supported", "/etc/os-release", "Ubuntu 22.04 or newer"),
    ),
    "another system": (
        {},
        replace(BARE, os_id="fedora", os_version="40", os_name="Fedora Linux 40"),
        None,
        ("Fedora Linux 40 is not supported", "/etc/os-release", "Debian 12"),
    ),
    "no os-release": (
        {},
        replace(BARE, os_id="", os_version="", os_name=""),
        None,
        ("an unknown system is not supported", "/etc/os-release", "Debian 12"),
    ),
    "tools": (
        {},
        replace(BARE, missing_tools=("setpriv", "ss")),
        None,
        ("missing on the host: setpriv, ss", "PATH", "apt-get install util-linux"),
    ),
    "CPUs": (
        {},
        replace(BARE, cpus=1),
        None,
        ("CPUs: 1, at least 2 wanted", "2 CPUs", "set min_cpus = 1"),
    ),
    "memory": (
        {},
        replace(BARE, memory_mb=2000),
        None,
        ("memory: 2000 MiB, at least 3600 MiB wanted", "4 GB", "set min_memory_mb = 2000"),
    ),
    "disk": (
        {},
        replace(BARE, disk_gb=20.4),
        None,
        ("disk: 20 GB, at least 30 GB wanted", "30 GB", "set min_disk_gb = 20"),
    ),
    "more wanted": (
        {"min_memory_mb": 16000},
        BARE,
        None,
        ("memory: 4100 MiB, at least 16000 MiB wanted", "", "set min_memory_mb = 4100"),
    ),
    "Debian 12's Docker would be too old": (
        {"docker_source": "distro", "compose_deb": "compose.deb"},
        BOOKWORM,
        None,
        (
            "Debian GNU/Linux 12 (bookworm) brings Docker Engine 20.10, older than 24.0",
            "docker_source = 'distro'",
            "set docker_source = 'docker', or docker_min_version = '20.10'",
        ),
    ),
    "Debian 12 has no compose v2": (
        {"docker_source": "distro", "docker_min_version": "20.10"},
        BOOKWORM,
        None,
        ("has no package of Docker's compose plugin", "docker_source = 'distro'", "compose_deb"),
    ),
    "a foreign container has our name": (
        {},
        replace(RUNNING, containers=(container("tools-kestra", ours=False, project=""),)),
        None,
        (
            "a container named tools-kestra exists and is not ours (some/image:1, Up 2 hours)",
            "docker ps -a",
            "docker rename tools-kestra tools-kestra-old, or set container_name",
        ),
    ),
    "a foreign container is a service of our project": (
        {},
        replace(
            RUNNING,
            containers=(
                replace(container("tools-kestra-kestra-1", ours=False), service="kestra"),
                replace(container("tools-kestra-redis-1", ours=False), service="redis"),
                replace(container("web", ours=False, project="other"), service="kestra"),
                replace(container("old", project="tools-kestra"), service="postgres"),
            ),
        ),
        None,
        (
            "the container tools-kestra-kestra-1 is not ours, and is the service kestra of",
            "docker ps -a",
            "set project_name to another name; or if nobody needs it: "
            "docker rm -f tools-kestra-kestra-1",
        ),
    ),
    "another project of ours has the database's name": (
        {},
        replace(
            RUNNING,
            containers=(
                replace(container("tools-kestra-postgres", project="other"), directory="/srv/o"),
            ),
        ),
        None,
        (
            "tools-kestra-postgres exists and belongs to the stack other in /srv/o",
            "docker ps -a",
            "set postgres_container_name to another name",
        ),
    ),
    "http_port taken": (
        {},
        replace(BARE, listeners=(listening(8080),)),
        None,
        ("port 8080 is taken by nginx (pid 7)", "127.0.0.1:8080", "set http_port"),
    ),
    "management_port taken": (
        {},
        replace(BARE, listeners=(listening(8081),)),
        None,
        ("port 8081 is taken by nginx (pid 7)", "127.0.0.1:8081", "set management_port"),
    ),
    "taken on every address": (
        {},
        replace(BARE, listeners=(listening(8080, "0.0.0.0"),)),
        None,
        ("port 8080 is taken", "0.0.0.0:8080", "set http_port"),
    ),
    "taken on every address, as ss writes it": (
        {},
        replace(BARE, listeners=(listening(8080, "*"),)),
        None,
        ("port 8080 is taken", "*:8080", "set http_port"),
    ),
    "taken on every IPv6 address": (
        {},
        replace(BARE, listeners=(listening(8080, "::"),)),
        None,
        ("port 8080 is taken", ":::8080", "set http_port"),
    ),
    "ours would bind every address": (
        {"bind_address": "0.0.0.0"},
        replace(BARE, listeners=(listening(8080, "10.0.0.5"),)),
        None,
        ("port 8080 is taken", "10.0.0.5:8080", "set http_port"),
    ),
    "the same IPv6 address in another spelling": (
        {"bind_address": "2001:db8:0:0::1"},
        replace(BARE, listeners=(listening(8080, "2001:db8::1"),)),
        None,
        ("port 8080 is taken", "2001:db8::1:8080", "set http_port"),
    ),
    "a Java program on IPv4 loopback, as ss writes it": (
        {},
        replace(BARE, listeners=(listening(8080, "::ffff:127.0.0.1", "java (pid 9)"),)),
        None,
        ("port 8080 is taken by java (pid 9)", ":8080", "set http_port"),
    ),
    "a foreign container holds the port": (
        {},
        replace(
            RUNNING,
            listeners=(listening(8080, "0.0.0.0", "docker-proxy (pid 3)"),),
            containers=(container("web", "0.0.0.0:8080->80/tcp", ours=False),),
        ),
        None,
        ("port 8080 is taken by container web", "0.0.0.0:8080", "set http_port"),
    ),
    "a foreign container holds a range of ports": (
        {},
        replace(
            RUNNING,
            listeners=(listening(8081, "0.0.0.0", "docker-proxy (pid 3)"),),
            containers=(container("web", "0.0.0.0:8079-8082->79-82/tcp", ours=False),),
        ),
        None,
        ("port 8081 is taken by container web", "0.0.0.0:8081", "set management_port"),
    ),
    "our container holds another port than the new one": (
        {"http_port": 9090},
        replace(
            RUNNING,
            listeners=(listening(8080), listening(8081), listening(9090)),
            containers=(OURS,),
        ),
        None,
        ("port 9090 is taken by nginx (pid 7)", "127.0.0.1:9090", "set http_port"),
    ),
    "image not in the archive": (
        {},
        BARE,
        archive(kestra="amd64", other="amd64"),
        (
            "postgres:17 is not in the archive, which holds kestra/kestra:v1.3.39, other:1",
            "image_archive /tmp/images.tar",
            "set postgres_image",
        ),
    ),
    "image for another machine": (
        {},
        replace(BARE, architecture="arm64"),
        archive(kestra="amd64", postgres="arm64"),
        (
            "kestra/kestra:v1.3.39 in the archive is built for amd64, the host is arm64",
            "image_archive /tmp/images.tar",
            "docker pull --platform linux/arm64 kestra/kestra:v1.3.39",
        ),
    ),
}
