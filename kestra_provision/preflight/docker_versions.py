"""Judges the age of Docker and compose: those that are there, and those that would come."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kestra_provision.docker.compose_deb import Deb
from kestra_provision.docker.distribution import distribution
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.settings import Problem, Settings
from kestra_provision.settings.versions import at_least

#: From here on `docker compose config --hash '*'` tells of each service the hash that `up` puts on
#: its container, by which a deploy sees what changed. Older ones hash a service that depends on
#: another one differently, 2.23.0 says nothing (docker/compose#10907, #11145). What else is asked
#: of compose is older: `up --pull never` works since 2.15 (#10128).
_COMPOSE_SINCE = "2.23.1"


def judge_versions(settings: Settings, survey: HostSurvey, deb: Deb | None) -> Iterator[Problem]:
    """Engine, compose plugin and the package that brings one, each with the way to a newer one."""
    if settings.docker_source == "distro":
        yield from _distribution(settings, survey)
    yield from _age(settings, survey)
    yield from _compose_age(settings, survey, deb)
    yield from _compose_deb(survey, deb)


def _age(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    least = settings.docker_min_version
    if not survey.docker or at_least(survey.docker, least) or settings.docker_version:
        return  # a docker_version is installed in its place, and is never too old
    of_docker = settings.docker_source == "docker" and "docker-ce" in survey.docker_packages
    upgrade = "set docker_version to a newer one" if of_docker else "upgrade it"
    yield Problem(
        f"Docker Engine {survey.docker} is older than {least}",
        "docker version on the host",
        f"{upgrade}, or set docker_min_version = '{survey.docker}' to accept it",
    )


def _compose_age(settings: Settings, survey: HostSurvey, deb: Deb | None) -> Iterator[Problem]:
    """A package of the laptop is installed in place of the one that is there."""
    found = deb.version if deb else survey.compose or ""
    release = re.search(r"\d+\.\d+(\.\d+)?", found)  # of `2.26.1-4`, `2.29.1-1~debian.12~bookworm`
    if release is None or at_least(release[0], _COMPOSE_SINCE):
        return
    where, fix = "docker compose version on the host", "upgrade its package"
    if deb:
        where, fix = f"compose_deb {deb.path}", "take a newer package"
    elif settings.docker_source == "docker":
        fix = "on the host: apt-get update && apt-get install docker-compose-plugin"
    elif settings.docker_source == "present":
        fix += ", or give a newer one as compose_deb"
    yield Problem(f"docker compose {found} is older than {_COMPOSE_SINCE}", where, fix)


def _distribution(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    """What would come out too old, or incomplete, is said before it is installed."""
    row = distribution(survey.os_id, survey.os_version)
    least = settings.docker_min_version
    if row.engine_version and not survey.docker and not at_least(row.engine_version, least):
        yield Problem(
            f"{survey.os_name} brings Docker Engine {row.engine_version}, older than {least}",
            "docker_source = 'distro'",
            f"set docker_source = 'docker', or docker_min_version = '{row.engine_version}' "
            "to accept it",
        )
    if row.compose is None and not (settings.compose_deb or survey.compose):
        yield Problem(
            f"{survey.os_name} has no package of Docker's compose plugin",
            "docker_source = 'distro'",
            "set docker_source = 'docker', or compose_deb to a .deb on the laptop, such as "
            "Debian 13's (apt-get download docker-compose); docs/hosts.md shows how",
        )


def _compose_deb(survey: HostSurvey, deb: Deb | None) -> Iterator[Problem]:
    if deb and deb.architecture not in (survey.architecture, "all"):
        yield Problem(
            f"{deb.package} {deb.version} is built for {deb.architecture}, "
            f"the host is {survey.architecture}",
            f"compose_deb {deb.path}",
            f"download the package for {survey.architecture}",
        )
