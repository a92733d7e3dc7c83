"""Judges what an earlier deploy left: its directory, its database, and whom it would touch."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.former import judge_former
from kestra_provision.settings import Problem, Settings
from kestra_provision.stack.stack import Stack


def judge_data(settings: Settings, stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    """Settings that would part a running stack from its data, or name what is not there."""
    former = list(judge_former(stack, survey))
    # The way out of a move would lead into the stack that was here before.
    yield from former or _moved(stack, survey)
    yield from _strange_volume(stack, survey)
    yield from _other_major(stack, survey)
    yield from _no_such_user(settings, survey)
    yield from _no_such_address(stack, survey)


def _moved(stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    """With another directory Kestra would start on an empty storage beside a full database."""
    ours = [c for c in survey.containers if c.belongs_to(stack.project)]
    old = next((c.directory for c in ours if c.directory not in ("", stack.root)), None)
    if old:
        yield Problem(
            f"the stack on the host lives in {old}, not in {stack.root}",
            "root_dir",
            f"set root_dir = '{old}', or move it on the host: docker compose "
            f"--project-directory {old} down && mv {old} {stack.root}",
        )


def _strange_volume(stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    """Compose would take it, and a server of ours start on data that may be of any other one."""
    for volume in stack.mounted_volumes:
        if volume.name in survey.strange_volumes:
            yield Problem(
                f"a volume named {volume.name} exists and is not ours",
                "docker volume ls on the host",
                "set project_name to another name, or docs/hosts.md says how to make it ours; "
                f"if its data may go: docker volume rm {volume.name}",
            )


def _other_major(stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    """A server refuses data of another major version; only a dump and restore crosses it."""
    for service in stack.services:
        volume = service.volume
        found = survey.data_versions.get(volume.name) if volume else None
        if volume and found and volume.major and found != str(volume.major):
            yield Problem(
                f"the database on the host was made by {service.title} {found}, "
                f"{service.image} is {volume.major} and cannot read it",
                service.image_setting,
                f"set {service.image_setting} to one of version {found}; "
                "a dump and restore is needed to cross",
            )


def _no_such_user(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    """pyinfra would create the account, and group docker makes it root."""
    missing = [user for user in settings.docker_users if user not in survey.users]
    if missing:
        yield Problem(
            f"no user {', '.join(missing)} on the host",
            "docker_users",
            "mend the name, or create the user first: adduser NAME",
        )


def _no_such_address(stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    bound = {port.bound_by: port.address for _, port in stack.published if port.bound_by}
    for setting, declared in bound.items():
        address = ipaddress.ip_address(declared)
        if address.is_loopback or address.is_unspecified or not survey.addresses:
            continue
        if str(address) not in survey.addresses:
            yield Problem(
                f"the host has no address {address}; it has {', '.join(sorted(survey.addresses))}",
                setting,
                f"set {setting} to one of them, or to 127.0.0.1",
            )
