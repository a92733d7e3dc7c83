"""Judges a host's Docker: what is there, where it came from, and what would be in the way."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.docker.compose_deb import Deb
from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.docker.source import SOURCE, SourcesFile, same_source, source_text
from kestra_provision.facts.docker import VALIDATE
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.docker_versions import judge_versions
from kestra_provision.settings import Problem, Settings

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


def judge_docker(settings: Settings, survey: HostSurvey, deb: Deb | None) -> Iterator[Problem]:
    """All reasons why this host's Docker cannot be used or installed."""
    if not survey.daemon_json_valid:
        yield Problem(
            "Docker's configuration is not a JSON object",
            "/etc/docker/daemon.json on the host",
            "mend it; python3 -m json.tool /etc/docker/daemon.json shows the place",
        )
    elif why := survey.platform.rejected:
        why = why.rpartition(f"{DAEMON_JSON}: ")[2]
        yield Problem(
            f"Docker would not start with its configuration: {why}",
            f"{DAEMON_JSON} on the host",
            f"mend it, until this has no complaint: {VALIDATE} {DAEMON_JSON}",
        )
    if no_docker := _another_kind(survey):
        yield no_docker
        return
    if settings.docker_source == "docker":
        yield from _beside_dockers_own(survey)
        yield from _other_sources(settings, survey)
    elif settings.docker_source == "distro":
        yield from _beside_the_distributions(survey)
    else:
        yield from _present(settings, survey)
    yield from judge_versions(settings, survey, deb)


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
    if survey.docker_is_podman:
        return Problem(
            "the command docker is podman's, and no package brought it",
            "ls -l $(command -v docker) on the host",
            "rm $(command -v docker); podman itself stays",
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
