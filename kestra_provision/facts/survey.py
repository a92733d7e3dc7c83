"""What a host is before anything changes: one look that preflight judges."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision.docker.source import SourcesFile, sources_files
from kestra_provision.facts.daemon import parse_daemon_json
from kestra_provision.facts.docker import info
from kestra_provision.facts.platform import Platform, platform
from kestra_provision.facts.script import first, split
from kestra_provision.facts.storage import NO_ROOM, Room, rooms
from kestra_provision.facts.survey_script import survey_script
from kestra_provision.profiles.others import every_profile
from kestra_provision.settings import Settings
from kestra_provision.stack.stack import Stack

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Listener:
    """A listening TCP socket and who holds it, as `ss` shows it."""

    address: str
    port: int
    holder: str


@dataclass(frozen=True)
class SeenContainer:
    """A container of any project; `ours` when it carries our label, `service` as compose has it."""

    name: str
    ours: bool
    project: str
    image: str
    status: str
    ports: str
    directory: str = ""
    service: str = ""

    @property
    def published(self) -> set[int]:
        """Host ports the container holds; docker writes `0.0.0.0:8080-8081->8080-8081/tcp`."""
        ranges = re.findall(r":(\d+)(?:-(\d+))?->", self.ports)
        return {port for low, high in ranges for port in range(int(low), int(high or low) + 1)}

    def belongs_to(self, project: str) -> bool:
        """False for a stranger's that has our name, and for one of another stack of ours."""
        return self.ours and self.project == project


@dataclass(frozen=True)
class HostSurvey:
    """Memory in MiB; `docker` is None when none answers; `clock` in Unix seconds.

    + privilege: `root`, `sudo` (without a password) or `none`
    + disk_gb: the smallest filesystem of the stack, of Docker and of its images, in 10^9 bytes
    + image_room: the fuller one of those that may take images
    + deployed: the project that our compose file in the stack's directory names
    + env_names: those asked for that stand in its `.env`
    + data_files: those asked for that are there
    + users: those asked for that the host knows
    + volumes: of ours
    + strange_volumes: those asked for that are there and not ours
    + strays: some of the files in the stack's directory
    + daemon: what Docker's configuration file says
    """

    privilege: str = ""
    user: str = ""
    os_id: str = ""
    os_version: str = ""
    os_name: str = ""
    os_codename: str = ""
    architecture: str = ""
    systemd: bool = False
    cpus: int = 0
    memory_mb: int = 0
    disk_gb: float = 0.0
    image_room: Room = NO_ROOM
    docker: str | None = None
    docker_client: bool = False
    compose: str | None = None
    listeners: tuple[Listener, ...] = ()
    containers: tuple[SeenContainer, ...] = ()
    env_written: str = ""
    clock: int = 0
    missing_tools: tuple[str, ...] = ()
    daemon_json_valid: bool = True
    docker_packages: tuple[str, ...] = ()
    docker_snap: bool = False
    apt_sources: tuple[SourcesFile, ...] = ()
    apt_proxy: bool = False
    users: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    data_versions: dict[str, str] = field(default_factory=dict)
    deployed: str = ""
    env_names: frozenset[str] = frozenset()
    data_files: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()
    strange_volumes: frozenset[str] = frozenset()
    strays: tuple[str, ...] = ()
    daemon: dict[str, Any] = field(default_factory=dict)
    docker_is_podman: bool = False
    platform: Platform = field(default_factory=Platform)


class Survey(FactBase[HostSurvey]):
    """Looks at the whole host in one exec channel, through sudo where the user is not root.

    + root_dir: where the stack lives or will live
    + versions: shell texts that print the version of the data in a volume's folder `$d`
    + names, files: what tells whose `.env` and data it is
    + volumes: of the stack
    + users: names that the system looks up, wherever it has its users from
    """

    def command(
        self,
        root_dir: str,
        versions: Sequence[str],
        names: Sequence[str],
        files: Sequence[str],
        volumes: Sequence[str],
        users: Sequence[str],
    ) -> str:
        return survey_script(root_dir, versions, names, files, volumes, users)

    @staticmethod
    def default() -> HostSurvey:
        return HostSurvey()

    def process(self, output: list[str]) -> HostSurvey:
        seen = split(output)
        os_lines = [*seen.get("os", []), "", "", "", ""]
        machine = [*seen.get("machine", []), "", "", ""]
        told = info(seen.get("docker", []))
        measured = rooms(seen.get("rooms", []))
        daemon = parse_daemon_json("\n".join(seen.get("daemon", [])))
        return HostSurvey(
            privilege=first(seen.get("privilege")),
            user=first(seen.get("user")),
            os_id=os_lines[0],
            os_version=os_lines[1],
            os_name=os_lines[2],
            os_codename=os_lines[3],
            architecture=_ARCHITECTURES.get(machine[0], machine[0]),
            systemd=first(seen.get("systemd")) == "yes",
            cpus=int(machine[1] or 0),
            memory_mb=_number(machine[2]) // 1024,
            disk_gb=min((room.size_gb for room in measured), default=0.0),
            image_room=min(measured[1:], key=lambda room: room.free_gb, default=NO_ROOM),
            docker=told.get("server") or None,
            docker_client=bool(first(seen.get("client"))),
            compose=told.get("plugin compose", "").removeprefix("v") or None,
            listeners=tuple(_listener(line) for line in seen.get("listeners", []) if line.strip()),
            containers=tuple(
                _container(line) for line in seen.get("containers", []) if "\t" in line
            ),
            env_written=first(seen.get("env"))[:19],
            clock=int(first(seen.get("clock")) or 0),
            missing_tools=tuple(seen.get("tools", [])),
            daemon_json_valid=daemon is not None,
            daemon=daemon or {},
            docker_is_podman="podman" in seen.get("client", []),
            platform=platform(seen),
            docker_packages=tuple(
                line.split()[1] for line in seen.get("packages", []) if line[1:2] in tuple("iUFHWt")
            ),
            docker_snap=first(seen.get("snap")) == "yes",
            apt_sources=sources_files(seen.get("sources", [])),
            users=frozenset(seen.get("users", [])),
            addresses=frozenset(seen.get("addresses", [])),
            data_versions=dict(
                line.split() for line in seen.get("data", []) if len(line.split()) == 2
            ),
            apt_proxy=first(seen.get("aptproxy")) == "yes",
            deployed=first(seen.get("deployed")),
            env_names=frozenset(seen.get("names", [])),
            data_files=frozenset(seen.get("files", [])),
            volumes=frozenset(seen.get("volumes", [])),
            strange_volumes=frozenset(seen.get("strange", [])),
            strays=tuple(seen.get("strays", [])),
        )


def _number(text: str) -> int:
    match = re.search(r"\d+", text)
    return int(match.group()) if match else 0


def _listener(line: str) -> Listener:
    columns = line.split()
    address, _, port = columns[3].rpartition(":")
    users = re.findall(r'"([^"]+)",pid=(\d+)', line)
    holder = ", ".join(f"{name} (pid {pid})" for name, pid in users) or "an unknown process"
    return Listener(address.partition("%")[0].strip("[]"), int(port), holder)


def _container(line: str) -> SeenContainer:
    columns = [*line.split("\t"), *[""] * 9][:9]
    name, ours, project, image, status, ports, directory, _, service = columns
    return SeenContainer(name, ours == "true", project, image, status, ports, directory, service)


def survey_arguments(settings: Settings, stack: Stack) -> dict[str, Any]:
    """What `Survey` is asked with for a stack."""
    marks = every_profile(stack.project, stack.root).values()
    return {
        "root_dir": stack.root,
        "versions": [volume.version for volume in stack.volumes if volume.version],
        "names": sorted({name for each in marks for name in each.names}),
        "files": sorted({file for each in marks for file in each.files}),
        "volumes": [volume.name for volume in stack.mounted_volumes],
        "users": settings.docker_users,
    }
