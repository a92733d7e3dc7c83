"""What a host's Docker is accepted for, and refused with the way out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.docker.compose_deb import Deb
from kestra_provision.docker.source import SOURCE, SourcesFile, source_text
from kestra_provision.facts.platform import Platform
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.docker import judge_docker
from kestra_provision.profiles.tools import Tools

BARE = HostSurvey(os_id="debian", os_version="13", os_codename="trixie", os_name="Debian 13")
OF_DOCKER = replace(
    BARE,
    docker="28.2.2",
    docker_client=True,
    compose="2.36.2",
    docker_packages=("docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin"),
)
OF_DEBIAN = replace(
    BARE,
    docker="26.1.5+dfsg1",
    docker_client=True,
    compose="2.26.1-4",
    docker_packages=("docker.io", "docker-cli", "docker-compose", "containerd", "runc"),
)
BY_HAND = replace(OF_DOCKER, docker_packages=())
URI = "https://download.docker.com/linux/debian"
OURS = source_text(URI, "trixie")
DISTRO, PRESENT = {"docker_source": "distro"}, {"docker_source": "present"}


def with_source(path: str, text: str) -> HostSurvey:
    return replace(BARE, apt_sources=(SourcesFile(path, tuple(text.splitlines())),))


ACCEPTED: dict[str, tuple[dict[str, Any], HostSurvey]] = {
    "bare": ({}, BARE),
    "bare, distribution": (DISTRO, BARE),
    "second run": ({}, OF_DOCKER),
    "second run, distribution": (DISTRO, OF_DEBIAN),
    "Docker's, as it is": (PRESENT, OF_DOCKER),
    "Debian's, as it is": (PRESENT, OF_DEBIAN),
    "from nowhere, as it is": (PRESENT, BY_HAND),
    "engine lost, client there": ({}, replace(OF_DOCKER, docker_packages=("docker-ce-cli",))),
    "engine lost, distribution": (DISTRO, replace(OF_DEBIAN, docker_packages=("docker-cli",))),
    "our source": ({}, with_source(SOURCE, OURS)),
    "our source, edited": ({}, with_source(SOURCE, f"{OURS}Trusted: yes")),
    "source by Docker's instructions": ({}, with_source(SOURCE, OURS.partition("\n")[2])),
    "source of something else": ({}, with_source("/etc/apt/sources.list", "deb http://a b c")),
    "Docker's source beside a mirror": (
        {"docker_repository": "https://mirror.example.com/docker"},
        with_source("/etc/apt/sources.list.d/docker.list", f"deb {URI} trixie stable"),
    ),
    "Docker's source, Debian's Docker": (
        DISTRO,
        with_source("/etc/apt/sources.list.d/docker.list", f"deb {URI} trixie stable"),
    ),
    "old, another version declared": (
        {"docker_version": "28.2.2"},
        replace(OF_DOCKER, docker="23.0.6"),
    ),
    "compose as old as can be": (PRESENT, replace(BY_HAND, compose="2.23.1")),
    "compose of Ubuntu": (DISTRO, replace(OF_DEBIAN, compose="2.40.3-0ubuntu1~24.04.1")),
    "compose 5": ({}, replace(OF_DOCKER, compose="5.5.0")),
    "compose without a release": (PRESENT, replace(BY_HAND, compose="dev")),
    "old, accepted": ({"docker_min_version": "20.10"}, replace(OF_DOCKER, docker="20.10.24")),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(case: str) -> None:
    given, survey = ACCEPTED[case]
    assert list(judge_docker(Tools(**given), survey, None)) == []


#: Settings and facts, then what must stand in what, where and fix of the one problem.
REFUSED: dict[str, tuple[dict[str, Any], HostSurvey, tuple[str, str, str]]] = {
    "broken daemon.json": (
        {},
        replace(BARE, daemon_json_valid=False),
        ("not a JSON object", "/etc/docker/daemon.json", "python3 -m json.tool"),
    ),
    "daemon.json that dockerd rejects": (
        {},
        replace(
            OF_DOCKER,
            platform=Platform(
                rejected="unable to configure the Docker daemon with file /etc/docker/daemon.json: "
                "the following directives don't match any configuration option: fooo"
            ),
        ),
        (
            "would not start with its configuration: the following directives don't match",
            "/etc/docker/daemon.json",
            "dockerd --validate --config-file /etc/docker/daemon.json",
        ),
    ),
    "snap": (
        {},
        replace(BY_HAND, docker_snap=True),
        ("as a snap", "/snap/bin/docker", "snap remove docker"),
    ),
    "snap, as it is": (PRESENT, replace(BY_HAND, docker_snap=True), ("as a snap", "", "snap")),
    "podman": (
        {},
        replace(BY_HAND, docker="5.4.2", docker_packages=("podman-docker",)),
        ("the command docker is podman's", "", "apt-get remove podman-docker"),
    ),
    "podman, as it is": (
        PRESENT,
        replace(BY_HAND, docker_packages=("podman-docker",)),
        ("the command docker is podman's", "", "podman itself stays"),
    ),
    "Debian's packages": (
        {},
        OF_DEBIAN,
        (
            "in the way of Docker's own: docker.io, docker-cli, docker-compose, containerd, runc",
            "docker_source = 'docker'",
            "set docker_source = 'distro' to keep them, or remove them by hand: "
            "apt-get remove docker.io docker-cli docker-compose containerd runc; "
            "their containers stop",
        ),
    ),
    "containerd alone": (
        {},
        replace(BARE, docker_packages=("containerd", "runc")),
        ("own: containerd, runc", "", "remove them by hand: apt-get remove containerd runc"),
    ),
    "from nowhere": (
        {},
        BY_HAND,
        ("no package brought it", "docker_source = 'docker'", "docker_source = 'present'"),
    ),
    "from nowhere, distribution": (
        DISTRO,
        BY_HAND,
        ("no package brought it", "docker_source = 'distro'", "docker_source = 'present'"),
    ),
    "Docker's packages, distribution": (
        DISTRO,
        OF_DOCKER,
        (
            "not from the distribution (docker-ce, docker-ce-cli)",
            "docker_source = 'distro'",
            "set docker_source = 'docker', or 'present'",
        ),
    ),
    "one-line source": (
        {},
        with_source(
            "/etc/apt/sources.list.d/docker.list", f"deb [signed-by=/k] {URI}/ trixie stable"
        ),
        (
            f"/etc/apt/sources.list.d/docker.list names {URI} too",
            "docker_source = 'docker'",
            "rm /etc/apt/sources.list.d/docker.list",
        ),
    ),
    "another file of sources": (
        {},
        with_source("/etc/apt/sources.list.d/d.sources", OURS),
        ("/etc/apt/sources.list.d/d.sources names", "", "remove that entry"),
    ),
    "a stranger's file by our name": (
        {},
        with_source(SOURCE, OURS.partition("\n")[2].replace("docker.asc", "docker.gpg")),
        (f"{SOURCE} is not ours and says something else", "", f"rm {SOURCE}"),
    ),
    "no Docker": (
        PRESENT,
        BARE,
        ("no Docker on the host", "docker_source = 'present'", "'docker' or 'distro'"),
    ),
    "no compose": (
        PRESENT,
        replace(OF_DOCKER, compose=None),
        ("no compose plugin", "docker_source = 'present'", "install the compose plugin"),
    ),
    "old": (
        PRESENT,
        replace(BY_HAND, docker="20.10.24+dfsg1"),
        (
            "Docker Engine 20.10.24+dfsg1 is older than 24.0",
            "docker version",
            "upgrade it, or set docker_min_version = '20.10.24+dfsg1'",
        ),
    ),
    "old compose": (
        PRESENT,
        replace(BY_HAND, compose="2.23.0"),
        (
            "docker compose 2.23.0 is older than 2.23.1",
            "docker compose version",
            "upgrade its package, or give a newer one as compose_deb",
        ),
    ),
    "old compose, of Docker": (
        {},
        replace(OF_DOCKER, compose="2.17.3"),
        ("2.17.3 is older", "", "apt-get update && apt-get install docker-compose-plugin"),
    ),
    "old compose, of the distribution": (
        DISTRO,
        replace(OF_DEBIAN, compose="2.20.2+ds1-0ubuntu1~23.10.1"),
        ("2.20.2+ds1-0ubuntu1~23.10.1 is older", "", "upgrade its package"),
    ),
    "old, of Docker": (
        {},
        replace(OF_DOCKER, docker="23.0.6"),
        ("23.0.6 is older than 24.0", "", "set docker_version to a newer one, or set docker_min"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    given, survey, (what, where, fix) = REFUSED[case]
    (problem,) = judge_docker(Tools(**given), survey, None)
    assert what in problem.what
    assert where in problem.where
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("version", "accepted"),
    [("2.26.1-4", True), ("2.29.1-1~debian.12~bookworm", True), ("1.29.2-3", False)],
)
def test_compose_of_the_laptop_counts_and_not_the_one_it_replaces(
    version: str, accepted: bool
) -> None:
    deb = Deb(Path("compose.deb"), 1, "5" * 64, "docker-compose", version, "all")
    survey = replace(OF_DEBIAN, compose="2.17.3")
    problems = list(judge_docker(Tools(**DISTRO), survey, deb))
    assert [problem.where for problem in problems] == (
        [] if accepted else ["compose_deb compose.deb"]
    )
