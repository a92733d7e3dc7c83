"""Judges a host before the first change: each finding with its number and the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kestra_provision.docker.archive import Archive
from kestra_provision.docker.compose_deb import Deb
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.archive import judge_archive
from kestra_provision.preflight.data import judge_data
from kestra_provision.preflight.docker import judge_docker
from kestra_provision.preflight.former import former_stack
from kestra_provision.preflight.platform import judge_platform
from kestra_provision.preflight.ports import taken_ports
from kestra_provision.preflight.proxy import judge_proxy
from kestra_provision.settings import Problem, Settings
from kestra_provision.settings.versions import at_least
from kestra_provision.stack.stack import Stack
from kestra_provision.status.deployed import absence

#: Tested distributions by their ID and the oldest VERSION_ID accepted.
SUPPORTED = {"debian": "12", "ubuntu": "22.04"}
#: Seconds; the survey itself takes some.
_CLOCK_MAY_BE_OFF = 300


def judge(
    settings: Settings,
    stack: Stack,
    survey: HostSurvey,
    archive: Archive | None,
    deb: Deb | None = None,
) -> list[Problem]:
    """All reasons why this host cannot be provisioned; empty when it can."""
    if survey.privilege not in ("root", "sudo"):
        return [no_sudo(survey)]
    return [
        *_system(survey),
        *_size(settings, survey),
        *judge_platform(stack.root, survey),
        *judge_docker(settings, survey, deb),
        *judge_proxy(settings, survey),
        *_containers(stack, survey),
        *judge_data(settings, stack, survey),
        *taken_ports(stack, survey),
        *judge_archive(stack, survey, archive),
    ]


def judge_runbook(stack: Stack, survey: HostSurvey, deploy: str) -> list[Problem]:
    """Why no runbook has anything to do here; one that began would leave files behind.

    + deploy: the command that deploys
    """
    absent = absence(stack, survey) or ("" if survey.docker_client else "Docker is not installed")
    return [Problem(absent, "the host", f"deploy first: {deploy}")] if absent else []


def earlier_run(stack: Stack, survey: HostSurvey) -> str | None:
    """Says so when the first run ended half-way, which is safe to continue; None otherwise.

    A database, or a container of ours under whatever name, is of a stack that ran once. Without
    Docker's answer neither is known.
    """
    ran = any(volume.name in survey.data_versions for volume in stack.volumes) or any(
        container.belongs_to(stack.project) for container in survey.containers
    )
    if ran or not (survey.env_written and survey.docker) or former_stack(stack, survey):
        return None
    return (
        f"continuing an unfinished run: {stack.root}/.env of {survey.env_written} "
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
    # sudo passes over a file with a dot in its name.
    file = re.sub(r"[^A-Za-z0-9_-]", "-", survey.user) or "kestra"
    return Problem(
        f"{user} is not root and may not use sudo without a password",
        "the host's user (ssh_user)",
        f"connect as root, or on the host: echo '{user} ALL=(ALL) NOPASSWD: ALL' "
        f"| sudo tee /etc/sudoers.d/{file}",
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


def _containers(stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    settings = {service.container: service.container_setting for service in stack.services}
    services = {service.name for service in stack.services}
    for container in survey.containers:
        if container.belongs_to(stack.project):
            continue
        if container.name not in settings:
            # Compose goes by these two names alone.
            if container.project == stack.project and container.service in services:
                yield Problem(
                    f"the container {container.name} is not ours, and is the service "
                    f"{container.service} of a compose project {stack.project} too: compose would "
                    "put ours in its place",
                    "docker ps -a on the host",
                    "set project_name to another name; or if nobody needs it: "
                    f"docker rm -f {container.name}",
                )
            continue
        other_name = f"set {settings[container.name]} to another name"
        if container.ours:
            yield Problem(
                f"a container named {container.name} exists and belongs to the stack "
                f"{container.project} in {container.directory}",
                "docker ps -a on the host",
                other_name,
            )
        else:
            yield Problem(
                f"a container named {container.name} exists and is not ours "
                f"({container.image}, {container.status})",
                "docker ps -a on the host",
                f"docker rename {container.name} {container.name}-old, or {other_name}",
            )
