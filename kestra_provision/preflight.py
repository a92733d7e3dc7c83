"""Judges a host before the first change: each finding with its number and the way out."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kestra_provision.archive import Archive
from kestra_provision.deb import Deb
from kestra_provision.facts.storage import Room
from kestra_provision.facts.survey import HostSurvey, Listener, SeenContainer
from kestra_provision.preflight_data import judge_data
from kestra_provision.preflight_docker import judge_docker
from kestra_provision.proxy import judge_proxy
from kestra_provision.settings import Problem, Settings
from kestra_provision.versions import at_least

#: Tested distributions by their ID and the oldest VERSION_ID accepted.
SUPPORTED = {"debian": "12", "ubuntu": "22.04"}
#: `docker load` unpacks an archive before it makes layers of it: 2.03 times its content, measured.
_UNPACKED = 2.1
#: Seconds; the survey itself takes some.
_CLOCK_MAY_BE_OFF = 300


def judge(
    settings: Settings, survey: HostSurvey, archive: Archive | None, deb: Deb | None = None
) -> list[Problem]:
    """All reasons why this host cannot be provisioned; empty when it can."""
    if survey.privilege not in ("root", "sudo"):
        return [no_sudo(survey)]
    return [
        *_system(survey),
        *_size(settings, survey),
        *judge_docker(settings, survey, deb),
        *judge_proxy(settings, survey),
        *_containers(settings, survey),
        *judge_data(settings, survey),
        *taken_ports(settings, survey),
        *_archive(settings, survey, archive),
    ]


def earlier_run(settings: Settings, survey: HostSurvey) -> str | None:
    """Says so when the first run ended half-way, which is safe to continue; None otherwise.

    A database, or a container of ours under whatever name, is of a stack that ran once. Without
    Docker's answer neither is known.
    """
    ran = settings.volume in survey.data_versions or any(
        is_ours(settings, container) for container in survey.containers
    )
    if ran or not (survey.env_written and survey.docker):
        return None
    return (
        f"continuing an unfinished run: {settings.root_dir}/.env of {survey.env_written} "
        "is kept with its secrets"
    )


def clock_off(survey: HostSurvey, now: float) -> str | None:
    """Says so when the host's clock and ours disagree; None otherwise, or when it said nothing.

    + now: the laptop's clock, in Unix seconds
    """
    off = survey.clock - now
    if not survey.clock or abs(off) <= _CLOCK_MAY_BE_OFF:
        return None
    return (
        f"the host's clock is {abs(off) / 60:.0f} minutes {'ahead of' if off > 0 else 'behind'} "
        "this machine's: certificates and schedules need the right time; "
        "on the host: timedatectl set-ntp true"
    )


def no_sudo(survey: HostSurvey) -> Problem:
    user = survey.user or "the user"
    return Problem(
        f"{user} is not root and may not use sudo without a password",
        "the host's user (ssh_user)",
        f"connect as root, or on the host: echo '{user} ALL=(ALL) NOPASSWD: ALL' "
        f"| sudo tee /etc/sudoers.d/{user}",
    )


def _system(survey: HostSurvey) -> Iterator[Problem]:
    oldest = SUPPORTED.get(survey.os_id)
    if oldest is None or not at_least(survey.os_version, oldest):
        yield Problem(
            f"{survey.os_name or 'an unknown system'} is not supported",
            "/etc/os-release on the host",
            "use Debian 12 or newer, or Ubuntu 22.04 or newer",
        )
    if survey.missing_tools:
        yield Problem(
            f"missing on the host: {', '.join(survey.missing_tools)}",
            "the host's PATH",
            "apt-get install util-linux coreutils iproute2",
        )


def _size(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    for what, found, unit, name in (
        ("CPUs", survey.cpus, "", "min_cpus"),
        ("memory", survey.memory_mb, " MiB", "min_memory_mb"),
        ("disk", round(survey.disk_gb), " GB", "min_disk_gb"),
    ):
        wanted = getattr(settings, name)
        if found < wanted:
            yield Problem(
                f"{what}: {found}{unit}, at least {wanted}{unit} wanted",
                "the host; Kestra asks for 2 CPUs, 4 GB of memory and 30 GB of disk",
                f"use a larger server, or set {name} = {found} to accept this one",
            )


def _containers(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    settings_by_name = {
        settings.container_name: "container_name",
        settings.postgres_container_name: "postgres_container_name",
    }
    for container in survey.containers:
        if container.name in settings_by_name and not is_ours(settings, container):
            yield Problem(
                f"a container named {container.name} exists and is not ours "
                f"({container.image}, {container.status})",
                "docker ps -a on the host",
                f"docker rename {container.name} {container.name}-old, "
                f"or set {settings_by_name[container.name]} to another name",
            )


def taken_ports(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    """Ports of ours that somebody else listens on, with who it is."""
    ours = {p for c in survey.containers if is_ours(settings, c) for p in c.published}
    restarting = any(
        is_ours(settings, c) and c.status.startswith("Restarting") for c in survey.containers
    )
    holders = {
        port: f"container {c.name}"
        for c in survey.containers
        if not is_ours(settings, c)
        for port in c.published
    }
    for name, address in (("http_port", settings.bind_address), ("management_port", "127.0.0.1")):
        port = getattr(settings, name)
        taken = next((s for s in survey.listeners if s.port == port and _clash(s, address)), None)
        if taken is None or port in ours:
            continue
        # While a container restarts docker ps lists no ports of it, and the proxy keeps them.
        if restarting and taken.holder.startswith("docker-proxy"):
            continue
        yield Problem(
            f"port {port} is taken by {holders.get(port, taken.holder)}",
            f"{taken.address}:{port} on the host",
            f"stop it, or set {name} to a free port",
        )


def _archive(settings: Settings, survey: HostSurvey, archive: Archive | None) -> Iterator[Problem]:
    if archive is None:
        return
    # With Docker there the images may be loaded already; then the operation looks for room.
    if survey.docker is None and (problem := missing_room(archive.unpacked, survey.image_room)):
        yield problem
    for name, reference in (
        ("kestra_image", settings.kestra_image),
        ("postgres_image", settings.postgres_image),
    ):
        image = archive.images.get(reference)
        if image is None:
            yield Problem(
                f"{reference} is not in the archive, which holds "
                f"{', '.join(archive.images) or 'no tags'}",
                f"image_archive {archive.path}",
                f"set {name} to one of them, or make the archive with docker save {reference} …",
            )
        elif image.architecture != survey.architecture:
            yield Problem(
                f"{reference} in the archive is built for {image.architecture}, "
                f"the host is {survey.architecture}",
                f"image_archive {archive.path}",
                f"docker pull --platform linux/{survey.architecture} {reference}, "
                "then docker save again",
            )


def missing_room(unpacked: int, room: Room) -> Problem | None:
    """Too little free space to load an archive with so much in it; None when there is room.

    + unpacked: bytes
    + room: of the folder in which Docker keeps images
    """
    needed = unpacked * _UNPACKED / 1e9
    if room.free_gb >= needed:
        return None
    return Problem(
        f"loading the images needs {needed:.1f} GB, {room.free_gb:.1f} GB are free",
        f"the filesystem of {room.folder or 'Docker'} on the host",
        "docker system df shows what can go; free some space and run again",
    )


def is_ours(settings: Settings, container: SeenContainer) -> bool:
    """False for a stranger's that has our name, and for one of another stack of ours."""
    return container.ours and container.project == settings.project_name


def _clash(listener: Listener, address: str) -> bool:
    everybody = {"0.0.0.0", "*", "::"}
    if listener.address in everybody or address in everybody:
        return True
    try:
        return _ip(listener.address) == _ip(address)
    except ValueError:
        return False


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Java binds IPv4 loopback as ::ffff:127.0.0.1."""
    ip = ipaddress.ip_address(address)
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
