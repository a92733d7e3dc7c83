"""Judges what a host's kernel, mounts and services are able to: refused, or worth a word.

What would end in a raw error half-way, in a restart loop or in a difference that no deploy ever
mends is refused. What Kestra runs without is said, and compared by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.docker.environment import DAEMON_JSON, SOCKET
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.settings import Problem
from kestra_provision.text.difference import Difference
from kestra_provision.text.words import enumerated

#: File systems that keep no owner and no mode of Linux's, or only what their mount says.
_WITHOUT_OWNERS = frozenset(
    ("vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "cifs", "smb3", "hfsplus", "vboxsf")
)
#: Fewer are gone before the images are unpacked.
_INODES = 2000
#: Kernels from here on have the overlay file system.
_OLDEST_KERNEL = (4, 0)


def judge_platform(root_dir: str, survey: HostSurvey) -> Iterator[Problem]:
    """All reasons why Docker, or a stack in this directory, could not work here.

    + root_dir: where the stack lives or will live
    """
    yield from _mounts(root_dir, survey)
    yield from _users(survey)
    yield from _configuration(survey)
    yield from _services(survey)
    if survey.docker is None:
        yield from _kernel(survey)
        yield from _packages(survey)


def withheld(survey: HostSurvey) -> Iterator[Difference]:
    """What this kernel or daemon does not give, and Kestra does without: said, and not compared."""
    seen = survey.platform
    if lacking := [what for what, there in seen.limits.items() if not there]:
        costs = {
            "memory": "a container may use all of the host's memory",
            "swap": "a memory limit does not count swap",
            "pids": "a container may start as many processes as the host has room for",
        }
        said = "; ".join(costs[what] for what in lacking)
        fix = "boot with: cgroup_enable=memory swapaccount=1"
        yield _notice(f"kernel's limits of {enumerated(lacking)}", "there", f"missing: {said}", fix)
    if survey.daemon.get("iptables") is False:
        said = "off: containers reach nothing outside unless your own firewall masquerades them"
        yield _notice(f"{DAEMON_JSON}: iptables", "on", said, f"take it out of {DAEMON_JSON}")
    if survey.daemon.get("ip-forward") is False and not seen.forwards:
        said = "off, and net.ipv4.ip_forward is 0: containers reach nothing outside"
        yield _notice(f"{DAEMON_JSON}: ip-forward", "on", said, f"take it out of {DAEMON_JSON}")


def _mounts(root_dir: str, survey: HostSurvey) -> Iterator[Problem]:
    seen = survey.platform
    for mount in {each.target: each for each in seen.mounts}.values():
        if "ro" in mount.options:
            yield Problem(
                f"{mount.folder} is on a read-only file system",
                f"mount {mount.target} ({mount.kind})",
                f"mount -o remount,rw {mount.target}; when that fails: dmesg tells of its disk",
            )
        elif mount.inodes is not None and mount.inodes < _INODES:
            yield Problem(
                f"{mount.target} has {mount.inodes} free inodes: no room for more files, however "
                "many bytes are free",
                f"the file system of {mount.folder}, df -i",
                "remove what has many small files: du --inodes -xd 2 "
                f"{mount.target} | sort -n | tail",
            )
    root = seen.mount_of(root_dir)
    if root and "noexec" in root.options:
        yield Problem(
            f"{root_dir} is mounted noexec: no script of ours could run there",
            f"mount {root.target} ({root.kind})",
            f"mount -o remount,exec {root.target}, and mend /etc/fstab; or set root_dir elsewhere",
        )
    if root and root.kind in _WITHOUT_OWNERS:
        yield Problem(
            f"{root_dir} is on {root.kind}, which keeps no owner and no mode: "
            "secrets would be anybody's, and no container could own its data",
            f"mount {root.target}",
            "set root_dir to a folder on ext4, xfs or btrfs",
        )


def _users(survey: HostSurvey) -> Iterator[Problem]:
    """Containers whose users are other users on the host: nothing they own fits."""
    security, remap = survey.platform.security, survey.daemon.get("userns-remap")
    if "name=rootless" in security:
        yield Problem(
            f"the Docker at {SOCKET} is a rootless one",
            "docker info on the host",
            f"have the system's own daemon listen there: ls -l {SOCKET} shows where it leads",
        )
    elif remap or "name=userns" in security:
        yield Problem(
            f"Docker maps the users of containers to others (userns-remap = {remap or '…'}): "
            "Kestra could neither read its configuration nor write its storage",
            f"{DAEMON_JSON} on the host" if remap else "dockerd's command line on the host",
            "take userns-remap out, then: systemctl restart docker; images and containers of the "
            "other mode are not shown meanwhile",
        )


def _configuration(survey: HostSurvey) -> Iterator[Problem]:
    flags, where = survey.platform.flags, f"{DAEMON_JSON} on the host"
    if program := survey.platform.missing_init:
        yield Problem(
            f"Docker has no {program}, and starts no container with an init process without it",
            "docker info on the host",
            f"put the {program} of the same release beside dockerd; or: apt-get install tini, "
            f'"init-path": "/usr/bin/tini-static" in {DAEMON_JSON}, systemctl restart docker',
        )
    for path in (flag.partition("=")[2] for flag in flags if flag.startswith("config-file=")):
        if path != DAEMON_JSON:
            yield Problem(
                f"dockerd reads {path}, and not {DAEMON_JSON}",
                "systemctl cat docker on the host",
                f"move what it says to {DAEMON_JSON}, and take --config-file out",
            )
    if not survey.docker_client and survey.systemd and "own-unit" not in flags:
        flags |= {"host"}  # the packages' own unit
    if twice := sorted(key for key in survey.daemon if flags & _as_flags(key)):
        yield Problem(
            f"{enumerated(twice)} in {DAEMON_JSON}, and dockerd is started with it as a flag too: "
            "it does not start with both",
            where,
            f"take {enumerated(twice)} out of it; or systemctl edit docker: an empty ExecStart=, "
            "then ExecStart=/usr/bin/dockerd without the flag",
        )
    hosts = survey.daemon.get("hosts")
    if isinstance(hosts, list) and not twice and not any("unix" in str(h) for h in hosts):
        yield Problem(
            f"dockerd does not listen on {SOCKET}, only on {', '.join(map(str, hosts))}",
            where,
            f'add "unix://{SOCKET}" to hosts, then: systemctl restart docker',
        )


def _as_flags(key: str) -> set[str]:
    """Flags of dockerd that say what a key of its file says."""
    short = {"hosts": {"H"}, "debug": {"D"}, "group": {"G"}, "log-level": {"l"}}
    return {key, key.removesuffix("s"), key.replace("registries", "registry"), *short.get(key, ())}


def _services(survey: HostSurvey) -> Iterator[Problem]:
    flags = survey.platform.flags
    # Where it runs without them, somebody has arranged it like that.
    needed = survey.docker is None or (flags & {"H", "host"} and "own-unit" not in flags)
    masked = [
        unit
        for unit in survey.platform.masked
        if unit == "docker.service" or (needed and unit == "docker.socket") or not survey.docker
    ]
    if masked:
        yield Problem(
            f"{enumerated(masked)} {'is' if len(masked) == 1 else 'are'} masked: "
            "somebody forbade to start it",
            "systemctl status docker on the host",
            f"systemctl unmask {' '.join(masked)}",
        )


def _kernel(survey: HostSurvey) -> Iterator[Problem]:
    """Of a host whose Docker answers none of it is in the way."""
    seen = survey.platform
    inside = f" (it is a container itself: {seen.container})" if seen.container else ""
    if seen.missing_capabilities:
        names = enumerated(f"CAP_{name}" for name in seen.missing_capabilities)
        yield Problem(
            f"root may not do here what Docker needs: {names} missing{inside}",
            "/proc/self/status on the host",
            "use a virtual machine (KVM); of a container of your own, such as LXC: "
            "security.nesting=true",
        )
    numbers = seen.kernel.replace("-", ".").split(".")[:2]
    version = tuple(int(number) for number in numbers if number.isdigit())
    if len(version) == 2 and version < _OLDEST_KERNEL:
        yield Problem(
            f"kernel {seen.kernel} is older than 4.0, and has no overlay file system{inside}",
            "uname -r on the host",
            "upgrade the kernel, or use another server",
        )
    if seen.left_modules and not seen.container:
        yield Problem(
            f"the modules of the running kernel {seen.kernel} are gone: another one was installed",
            "/lib/modules on the host",
            "reboot the host",
        )
    if seen.missing_modules:
        yield Problem(
            f"the kernel has no {' and no '.join(seen.missing_modules)}",
            f"/lib/modules/{seen.kernel} on the host",
            "install the distribution's own kernel (apt-get install linux-image-amd64), "
            "then reboot",
        )


def _packages(survey: HostSurvey) -> Iterator[Problem]:
    if survey.platform.dpkg_interrupted:
        yield Problem(
            "dpkg was interrupted half-way, and apt installs nothing until that is mended",
            "/var/lib/dpkg/updates on the host",
            "on the host: dpkg --configure -a",
        )


def _notice(what: str, declared: str, actual: str, fix: str) -> Difference:
    return Difference(what, declared, actual, fix, "notice")
