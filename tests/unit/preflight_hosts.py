"""Hosts as a survey shows them: bare, with Docker, with our containers; and archives of images."""

from dataclasses import replace
from pathlib import Path

from kestra_provision.docker.archive import Archive, ArchivedImage
from kestra_provision.facts.storage import Room
from kestra_provision.facts.survey import HostSurvey, Listener, SeenContainer
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools

BARE = HostSurvey(
    privilege="root",
    user="root",
    os_id="debian",
    os_version="13",
    os_name="Debian GNU/Linux 13 (trixie)",
    architecture="amd64",
    systemd=True,
    cpus=2,
    memory_mb=4100,
    disk_gb=40.0,
    image_room=Room("/var/lib/docker", 40.0, 30.0),
)
BOOKWORM = replace(BARE, os_version="12", os_name="Debian GNU/Linux 12 (bookworm)")
RUNNING = replace(
    BARE,
    docker="28.2.2",
    docker_client=True,
    compose="2.36.2",
    docker_packages=("docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin"),
)


def container(
    name: str, ports: str = "", *, ours: bool = True, project: str = "tools-kestra"
) -> SeenContainer:
    return SeenContainer(name, ours, project, "some/image:1", "Up 2 hours", ports)


OUR_PORTS = "127.0.0.1:8080->8080/tcp, 127.0.0.1:8081->8081/tcp"
OURS = container("tools-kestra", OUR_PORTS)


def listening(port: int, address: str = "127.0.0.1", holder: str = "nginx (pid 7)") -> Listener:
    return Listener(address, port, holder)


def archive(**architectures: str) -> Archive:
    names = {"kestra": "kestra/kestra:v1.3.39", "postgres": "postgres:17", "other": "other:1"}
    images = {names[k]: ArchivedImage("c" * 64, value, "") for k, value in architectures.items()}
    return Archive(Path("/tmp/images.tar"), 1_000_000_000, 1_000_000_000, images)


STACK = stack_of(Tools())
UNFINISHED = replace(RUNNING, env_written="2025-01-02 03:04:05")
