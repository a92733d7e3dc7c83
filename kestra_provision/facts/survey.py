"""What a host is before anything changes: one look that preflight judges."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision import LABEL
from kestra_provision.docker_source import SourcesFile, sources_files
from kestra_provision.facts.apt_proxy import APT_PROXY
from kestra_provision.facts.daemon import DAEMON_JSON, parse_daemon_json
from kestra_provision.facts.script import first, script, section, split

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
#: Packages that bring Docker or parts of it, or a `docker` command that is none.
_PACKAGES = (
    "docker-ce docker-ce-cli containerd.io docker-compose-plugin docker.io docker-cli docker-doc "
    "docker-compose docker-compose-v2 podman-docker containerd runc"
)
#: Addresses in apt's sources may hold a password, which never leaves the host.
_APT_SOURCES = (
    "cd /etc/apt && grep -Hs '' $PWD/sources.list $PWD/sources.list.d/*.list "
    "$PWD/sources.list.d/*.sources | sed 's|//[^/@ ]*@|//|g'"
)
#: `VOLUME MAJOR` of each database of ours; from 18 on the image keeps it a folder deeper.
_DATA_VERSIONS = (
    f"for v in $(docker volume ls -q --filter label={LABEL}); do "
    "d=$(docker volume inspect --format '{{.Mountpoint}}' $v); "
    "echo $v $(cat $d/PG_VERSION $d/*/docker/PG_VERSION | head -n 1); done"
)
_CONTAINER_FORMAT = (
    f'{{{{.Names}}}}\t{{{{.Label "{LABEL}"}}}}\t{{{{.Label "com.docker.compose.project"}}}}'
    "\t{{.Image}}\t{{.Status}}\t{{.Ports}}"
    '\t{{.Label "com.docker.compose.project.working_dir"}}'
)


@dataclass(frozen=True)
class Listener:
    """A listening TCP socket and who holds it, as `ss` shows it."""

    address: str
    port: int
    holder: str


@dataclass(frozen=True)
class SeenContainer:
    """A container of any project; `ours` when it carries our label."""

    name: str
    ours: bool
    project: str
    image: str
    status: str
    ports: str
    directory: str = ""

    @property
    def published(self) -> set[int]:
        """Host ports the container holds; docker writes `0.0.0.0:8080-8081->8080-8081/tcp`."""
        ranges = re.findall(r":(\d+)(?:-(\d+))?->", self.ports)
        return {port for low, high in ranges for port in range(int(low), int(high or low) + 1)}


@dataclass(frozen=True)
class HostSurvey:
    """Sizes in decimal MB and GB; `docker` is None when none answers; `clock` in Unix seconds.

    `privilege` is `root`, `sudo` (without a password) or `none`.
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
    disk_free_gb: float = 0.0
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


class Survey(FactBase[HostSurvey]):
    """Looks at the whole host in one exec channel, through sudo where the user is not root.

    + root_dir: where the stack lives or will live
    """

    def command(self, root_dir: str) -> str:
        root = shlex.quote(root_dir)
        existing = f'd={root}; while [ ! -d "$d" ]; do d=$(dirname "$d"); done'
        body = script(
            section(
                "os",
                "[ -r /etc/os-release ] && . /etc/os-release; "
                "echo $ID; echo $VERSION_ID; echo $PRETTY_NAME; "
                "echo $VERSION_CODENAME",
            ),
            section("machine", "uname -m; nproc; grep MemTotal /proc/meminfo"),
            section("systemd", "[ -d /run/systemd/system ] && echo yes"),
            section(
                "disk",
                f"{existing}; df -Pk $d; "
                "for d in /var/lib/docker /var/lib; do [ -d $d ] && df -Pk $d && break; done",
            ),
            section("client", "command -v docker"),
            section("docker", "docker version --format '{{.Server.Version}}'"),
            section("compose", "docker compose version --short"),
            section(
                "containers", f"docker ps -a --no-trunc --format {shlex.quote(_CONTAINER_FORMAT)}"
            ),
            section("listeners", "ss -Hltnp"),
            section("env", f"stat -c %y {root}/.env"),
            section("clock", "date +%s"),
            section("daemon", f"cat {DAEMON_JSON}"),
            section(
                "packages", f"dpkg-query -W -f '${{db:Status-Abbrev}} ${{Package}}\\n' {_PACKAGES}"
            ),
            section("snap", "[ -e /snap/bin/docker ] && echo yes"),
            section("sources", _APT_SOURCES),
            section("users", "cut -d: -f1 /etc/passwd"),
            section("addresses", "ip -o addr show | tr -s ' ' | cut -d' ' -f4 | cut -d/ -f1"),
            section("data", _DATA_VERSIONS),
            section("aptproxy", f"[ -e {APT_PROXY} ] && echo yes"),
            section(
                "tools",
                "for t in setpriv sha256sum stat df ss; do "
                "command -v $t >/dev/null || echo $t; done",
            ),
        )
        quoted = shlex.quote(body)
        return (
            'if [ "$(id -u)" = 0 ]; then echo @@privilege; echo root; '
            f"sh -c {quoted}; "
            "elif sudo -n true 2>/dev/null; then echo @@privilege; echo sudo; "
            f"sudo -n sh -c {quoted}; "
            "else echo @@privilege; echo none; fi; echo; echo @@user; id -un"
        )

    @staticmethod
    def default() -> HostSurvey:
        return HostSurvey()

    def process(self, output: list[str]) -> HostSurvey:
        seen = split(output)
        os_lines = [*seen.get("os", []), "", "", "", ""]
        machine = [*seen.get("machine", []), "", "", ""]
        disk, free = _disk(seen.get("disk", []))
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
            memory_mb=_number(machine[2]) * 1024 // 1_000_000,
            disk_gb=disk,
            disk_free_gb=free,
            docker=first(seen.get("docker")) or None,
            docker_client=bool(first(seen.get("client"))),
            compose=first(seen.get("compose")).removeprefix("v") or None,
            listeners=tuple(_listener(line) for line in seen.get("listeners", []) if line.strip()),
            containers=tuple(
                _container(line) for line in seen.get("containers", []) if "\t" in line
            ),
            env_written=first(seen.get("env"))[:19],
            clock=int(first(seen.get("clock")) or 0),
            missing_tools=tuple(seen.get("tools", [])),
            daemon_json_valid=parse_daemon_json("\n".join(seen.get("daemon", []))) is not None,
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
        )


def _number(text: str) -> int:
    match = re.search(r"\d+", text)
    return int(match.group()) if match else 0


def _disk(lines: list[str]) -> tuple[float, float]:
    """Size and free space of the tighter of the two filesystems, in GB, from `df -Pk`."""
    rows = [line.split() for line in lines if line and not line.startswith("Filesystem")]
    sizes = [(int(r[1]) * 1024 / 1e9, int(r[3]) * 1024 / 1e9) for r in rows if len(r) >= 6]
    if not sizes:
        return 0.0, 0.0
    return min(size for size, _ in sizes), min(free for _, free in sizes)


def _listener(line: str) -> Listener:
    columns = line.split()
    address, _, port = columns[3].rpartition(":")
    users = re.findall(r'"([^"]+)",pid=(\d+)', line)
    holder = ", ".join(f"{name} (pid {pid})" for name, pid in users) or "an unknown process"
    return Listener(address.partition("%")[0].strip("[]"), int(port), holder)


def _container(line: str) -> SeenContainer:
    columns = [*line.split("\t"), *[""] * 7][:7]
    name, ours, project, image, status, ports, directory = columns
    return SeenContainer(name, ours == "true", project, image, status, ports, directory)
