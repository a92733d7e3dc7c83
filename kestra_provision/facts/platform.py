"""What kernel, mounts and the system's services give a Docker host, and what they withhold."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from kestra_provision.facts.docker import (
    DAEMON_SAYS,
    DOCKERD_FLAGS,
    INFO,
    REJECTED,
    info,
    limits,
)
from kestra_provision.facts.rules import LOST_RULES
from kestra_provision.facts.script import first, section
from kestra_provision.facts.storage import DOCKER_FOLDERS

#: What containers are made of; a kernel that is asked for none of them tells nothing.
_MODULES = "overlay bridge veth nf_nat"
#: Bits of `CapBnd`, without which nobody starts a container.
_CAPABILITIES = {12: "NET_ADMIN", 21: "SYS_ADMIN"}
#: dockerd looks in these folders besides its PATH.
_MISSING_INIT = (
    f'i=$({INFO.ask} | sed -n \'s/^init //p\'); [ -z "$i" ] || command -v "$i" > /dev/null || '
    "{ for d in /usr/local/libexec /usr/libexec /usr/local/lib /usr/lib; do "
    '[ ! -x "$d/docker/$i" ] || i=; done; echo "$i"; }'
)
_EXISTING = 'a=/${d#/}; while [ ! -e "$a" ]; do a=${a%/*}; a=${a:-/}; done'


@dataclass(frozen=True)
class Mount:
    """What a folder is on; of one that is not there yet, its nearest parent.

    + folder: as it was asked for
    + options: `ro` and `noexec`, where they are so
    + inodes: free ones; None where the file system counts none
    """

    folder: str
    target: str
    kind: str
    options: frozenset[str] = frozenset()
    inodes: int | None = None


@dataclass(frozen=True)
class Route:
    """+ device: through which it leads; + on_link: and to no gateway"""

    destination: IPv4Network
    device: str
    on_link: bool = True


@dataclass(frozen=True)
class Platform:
    """What was found; empty where the host did not tell.

    + limits: `memory`, `swap` and `pids`, by whether this kernel lets Docker limit them
    + security: Docker's words for its options, such as `name=rootless`
    + flags: of dockerd, see `DOCKERD_FLAGS`
    + missing_init: the program that Docker starts first in our containers, where it has none
    + masked: units that nobody may start
    + said: the last lines of a daemon that does not answer
    + rejected: why dockerd would not start with its file, which it has not read yet
    + missing_capabilities, missing_modules: of the kernel
    + left_modules: the running kernel's modules are gone: another kernel was installed
    + container: which kind of container the host itself is
    + dpkg_interrupted: half-way through a package
    + routes: of IPv4, without defaults
    + forwards: the kernel forwards packets between networks
    + lost_rules: of Docker's packet filter, gone while it runs
    """

    limits: Mapping[str, bool] = field(default_factory=dict)
    security: str = ""
    mounts: tuple[Mount, ...] = ()
    flags: frozenset[str] = frozenset()
    missing_init: str = ""
    masked: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    rejected: str = ""
    kernel: str = ""
    missing_capabilities: tuple[str, ...] = ()
    missing_modules: tuple[str, ...] = ()
    left_modules: bool = False
    container: str = ""
    dpkg_interrupted: bool = False
    routes: tuple[Route, ...] = ()
    forwards: bool = True
    lost_rules: tuple[str, ...] = ()

    def mount_of(self, folder: str) -> Mount | None:
        """What a folder that was asked for is on."""
        return next((mount for mount in self.mounts if mount.folder == folder), None)


#: What the sections below ask.
ASKS = (INFO, DOCKER_FOLDERS, DOCKERD_FLAGS, LOST_RULES)


def sections(root_dir: str) -> list[str]:
    """Parts of a script that asks it.

    + root_dir: where the stack lives or will live
    """
    folders = f"echo {shlex.quote(root_dir)}; echo /etc/docker; echo /usr; {DOCKER_FOLDERS.ask}"
    # Only the first of the file system's own options: an overlay names a kilobyte of folders. Some
    # file systems have no inodes to count, and show 0 of 0.
    mount = (
        '$(findmnt -nro TARGET,FSTYPE,VFS-OPTIONS,FS-OPTIONS -T "$a" | tail -n 1 | '
        """awk '{sub(/,.*/, "", $4); print}') """
        """$(df -Pi "$a" | awk 'NR == 2 && $2 > 0 {print $4}')"""
    )
    return [
        section(
            "mounts",
            f"{{ {folders}; }} | sort -u | "
            f'while read -r d; do {_EXISTING}; echo "$d|"{mount}; done',
        ),
        section("flags", DOCKERD_FLAGS.ask),
        section("init", _MISSING_INIT),
        section(
            "masked",
            "systemctl show -p Id,LoadState docker.service docker.socket containerd.service | "
            'awk -F= \'$1 == "Id" {u = $2} $1 == "LoadState" {l = $2} '
            'l != "" && u != "" {if (l == "masked") print u; l = ""; u = ""}\'',
        ),
        section(
            "said",
            f"[ -n \"$({INFO.ask} | sed -n 's/^server ..*/yes/p')\" ] || {{ {DAEMON_SAYS}; }}",
        ),
        section("rejected", REJECTED),
        section("kernel", "uname -r"),
        section("capabilities", "sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status"),
        section(
            "modules",
            '[ ! -d "/lib/modules/$(uname -r)" ] || ! command -v modprobe > /dev/null || for m in '
            f"{_MODULES}; do [ -d /sys/module/$m ] || grep -qw $m /proc/filesystems || "
            "modprobe -n -q $m || echo $m; done",
        ),
        section(
            "left",
            '[ ! -d "/lib/modules/$(uname -r)" ] && ls /lib/modules | grep -q "^[0-9]" && echo yes',
        ),
        section("container", "systemd-detect-virt --container"),
        section("dpkg", "ls /var/lib/dpkg/updates | grep -q '^[0-9]' && echo interrupted"),
        section("routes", "ip -4 route show"),
        section("rules", LOST_RULES.ask),
        section("forwards", "cat /proc/sys/net/ipv4/ip_forward"),
    ]


def platform(seen: Mapping[str, list[str]]) -> Platform:
    """What `sections` printed, and what the section `docker` tells."""
    told = info(seen.get("docker", []))
    answers = bool(told.get("server"))
    capabilities = first(seen.get("capabilities"))
    return Platform(
        limits=limits(told),
        security=told.get("security", "") if answers else "",
        mounts=tuple(_mounts(seen.get("mounts", []))),
        flags=frozenset(seen.get("flags", [])) - {""},
        missing_init=first(seen.get("init")) if answers else "",
        masked=tuple(line for line in seen.get("masked", []) if line),
        said=tuple(line for line in seen.get("said", []) if line),
        rejected=first(seen.get("rejected")),
        kernel=first(seen.get("kernel")),
        missing_capabilities=tuple(
            name
            for bit, name in _CAPABILITIES.items()
            if capabilities and not int(capabilities, 16) >> bit & 1
        ),
        missing_modules=tuple(line for line in seen.get("modules", []) if line),
        left_modules=first(seen.get("left")) == "yes",
        container=first(seen.get("container")).replace("none", ""),
        dpkg_interrupted=bool(first(seen.get("dpkg"))),
        routes=tuple(_routes(seen.get("routes", []))),
        lost_rules=tuple(r for r in seen.get("rules", []) if r) if answers else (),
        forwards=first(seen.get("forwards")) != "0",
    )


def _mounts(lines: Iterable[str]) -> Iterator[Mount]:
    for line in lines:
        folder, _, rest = line.partition("|")
        words = rest.split()
        if len(words) < 4:
            continue
        target, kind, options, own = words[:4]
        yield Mount(
            folder,
            target.replace(r"\x20", " "),
            kind,
            frozenset({*options.split(","), own.split(",")[0]} & {"ro", "noexec"}),
            int(words[4]) if len(words) > 4 else None,
        )


def _routes(lines: Iterable[str]) -> Iterator[Route]:
    for line in lines:
        if found := re.match(r"([0-9][0-9./]*) (via \S+ )?dev (\S+)", line):
            yield Route(IPv4Network(found[1]), found[3], on_link=not found[2])
