"""Judges a host's Docker: what is there, where it came from, and what would be in the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kestra_provision.deb import Deb
from kestra_provision.distribution import distribution
from kestra_provision.docker_source import SOURCE, SourcesFile, same_source, source_text
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.settings import Problem, Settings
from kestra_provision.versions import at_least

#: Packages whose files Docker's own replace; apt would remove them, and stop what they run.
_IN_THE_WAY = frozenset(
    {
        "docker.io",
        "docker-cli",
        "docker-doc",
        "docker-compose",
        "docker-compose-v2",
        "containerd",
        "runc",
    }
)
#: Packages that own the `docker` command.
_OF_DOCKER = frozenset({"docker-ce", "docker-ce-cli"})
_OF_DISTRIBUTION = frozenset({"docker.io", "docker-cli"})
#: From here on `docker compose config --hash '*'` tells of each service the hash that `up` puts on
#: its container, by which a deploy sees what changed. Older ones hash a service that depends on
#: another one differently, 2.23.0 says nothing (docker/compose#10907, #11145). What else is asked
#: of compose is older: `up --pull never` works since 2.15 (#10128).
_COMPOSE_SINCE = "2.23.1"


def judge_docker(settings: Settings, survey: HostSurvey, deb: Deb | None) -> Iterator[Problem]:
    """All reasons why this host's Docker cannot be used or installed."""
    if not survey.daemon_json_valid:
        yield Problem(
            "Docker's configuration is not a JSON object",
            "/etc/docker/daemon.json on the host",
            "mend it; python3 -m json.tool /etc/docker/daemon.json shows the place",
        )
    if no_docker := _another_kind(survey):
        yield no_docker
        return
    if settings.docker_source == "docker":
        yield from _beside_dockers_own(survey)
        yield from _other_sources(settings, survey)
    elif settings.docker_source == "distro":
        yield from _beside_the_distributions(survey)
        yield from _distribution(settings, survey)
    else:
        yield from _present(settings, survey)
    yield from _age(settings, survey)
    yield from _compose_age(settings, survey, deb)
    yield from _compose_deb(survey, deb)


def _another_kind(survey: HostSurvey) -> Problem | None:
    """A `docker` that no service named docker stands behind."""
    if survey.docker_snap:
        return Problem(
            "Docker is there as a snap, which keeps its configuration and its disks apart",
            "/snap/bin/docker on the host",
            "save what its containers hold, then: snap remove docker",
        )
    if "podman-docker" in survey.docker_packages:
        return Problem(
            "the command docker is podman's (package podman-docker)",
            "dpkg -S $(command -v docker) on the host",
            "apt-get remove podman-docker; podman itself stays",
        )
    return None


def _beside_dockers_own(survey: HostSurvey) -> Iterator[Problem]:
    if found := [name for name in survey.docker_packages if name in _IN_THE_WAY]:
        keep = "set docker_source = 'distro' to keep them, or " if "docker.io" in found else ""
        yield Problem(
            f"packages in the way of Docker's own: {', '.join(found)}",
            "docker_source = 'docker'",
            f"{keep}remove them by hand: apt-get remove {' '.join(found)}; "
            "their containers stop, images and volumes stay",
        )
    elif survey.docker_client and not _OF_DOCKER & {*survey.docker_packages}:
        yield _from_nowhere("docker")


def _beside_the_distributions(survey: HostSurvey) -> Iterator[Problem]:
    """apt would remove a Docker of another origin, and its containers would stop."""
    if found := [name for name in survey.docker_packages if name in _OF_DOCKER]:
        yield Problem(
            f"Docker is there and not from the distribution ({', '.join(found)})",
            "docker_source = 'distro'",
            "set docker_source = 'docker', or 'present' to use it as it is",
        )
    elif survey.docker_client and not _OF_DISTRIBUTION & {*survey.docker_packages}:
        yield _from_nowhere("distro")


def _from_nowhere(source: str) -> Problem:
    return Problem(
        "Docker is there and no package brought it",
        f"docker_source = '{source}'",
        "set docker_source = 'present' to use it as it is",
    )


def _other_sources(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    """Two entries with different keys for one repository, and apt refuses all its work."""
    uri = f"{settings.docker_repository}/{survey.os_id}"
    ours = source_text(uri, survey.os_codename)
    for file in survey.apt_sources:
        if file.path == SOURCE and not (file.ours or same_source("\n".join(file.lines), ours)):
            yield _another_source(file, "is not ours and says something else")
        elif file.path != SOURCE and uri in file.uris:
            yield _another_source(file, f"names {uri} too, and apt wants one key for it")


def _another_source(file: SourcesFile, why: str) -> Problem:
    return Problem(
        f"{file.path} {why}",
        "docker_source = 'docker'",
        f"remove that entry, ours takes its place: rm {file.path} if it holds nothing else",
    )


def _present(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    if not survey.docker_client:
        yield Problem(
            "no Docker on the host",
            "docker_source = 'present'",
            "install Docker Engine and its compose plugin, "
            "or set docker_source = 'docker' or 'distro'",
        )
    elif not (survey.compose or settings.compose_deb):
        yield Problem(
            "Docker has no compose plugin (docker compose version fails)",
            "docker_source = 'present'",
            "install the compose plugin of your Docker packages, or give one as compose_deb",
        )


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
    if settings.docker_source != "distro":
        return
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
