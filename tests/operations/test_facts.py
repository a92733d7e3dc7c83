"""What facts make of recorded output."""

from typing import Any

import pytest

from kestra_provision.facts.daemon import Daemon, DaemonState, parse_daemon_json
from kestra_provision.facts.docker_repository import DockerRepository
from kestra_provision.facts.health import (
    Answer,
    ContainerHealth,
    Health,
    HostHealth,
    ServiceHealth,
)
from kestra_provision.facts.packages import InstalledPackages
from kestra_provision.facts.paths import Paths, PathsSeen, PathState, User
from kestra_provision.facts.running import Running
from kestra_provision.facts.survey import Survey


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("", {}),
        (" \n", {}),
        ("{}", {}),
        ('{"a": 1}', {"a": 1}),
        ("{", None),
        ("[]", None),
        ("null", None),
        ('"text"', None),
    ],
)
def test_daemon_json(text: str, config: dict[str, Any] | None) -> None:
    assert parse_daemon_json(text) == config


@pytest.mark.parametrize(
    ("output", "state"),
    [
        (["@@file", "@@stale", "@@info"], DaemonState({}, False, False, False, "")),
        (
            [
                "@@file",
                '{"live-restore": true}',
                "@@stale",
                "@@info",
                "server 27",
                "daemon true json-file inactive",
            ],
            DaemonState({"live-restore": True}, True, False, True, "json-file"),
        ),
        (
            [
                "@@file",
                "{}",
                "@@stale",
                "yes",
                "@@info",
                "server 27",
                "daemon false journald inactive",
            ],
            DaemonState({}, True, True, False, "journald"),
        ),
        # As some releases of Docker tell when its daemon does not answer.
        (["@@info", "server ", "daemon false  "], DaemonState({}, False, False, False, "")),
        (["@@file", "{", "@@stale", "@@info"], DaemonState(None, False, False, False, "")),
        (
            [
                "@@active",
                "active",
                "@@enabled",
                "enabled",
                "@@info",
                "server 27",
                "daemon true json-file inactive",
            ],
            DaemonState({}, True, False, True, "json-file", active=True, enabled=True),
        ),
        (
            ["@@active", "inactive", "@@enabled", "disabled"],
            DaemonState({}, False, False, False, ""),
        ),
    ],
    ids=["absent", "current", "stale", "silent", "broken", "started", "stopped"],
)
def test_daemon(output: list[str], state: DaemonState) -> None:
    assert Daemon().process(output) == state


def test_health_of_a_running_stack() -> None:
    container = (
        '{"name":"/k","managed":"true","project":"p","image":"i","status":"running","restarts":4,'
        '"exit_code":1,"oom":true,"started":"2026","health":"healthy","ports":'
        '{"8080/tcp":[{"HostIp":"0.0.0.0","HostPort":"80"},{"HostIp":"::","HostPort":"80"}],'
        '"8081/tcp":[{"HostIp":"127.0.0.1","HostPort":"8099"}],"9/tcp":null}}'
    )
    asked = '"answers": {"database login": {"word": "running", "detail": "k logs in"}}'
    version = '"version": "postgres (PostgreSQL) 17.6 (Debian 17.6-1.pgdg120+1)"'
    seen = Health().process(
        [
            '{"service": "postgres", "word": "missing", "detail": "none", "container": null, '
            f"{asked}, {version}}}",
            '{"service": "kestra", "word": "running", "detail": "UP", '
            f'"container": {container}, "answers": {{}}, "version": ""}}',
            "no JSON",
            '{"docker": "26.1.5+dfsg1"}',
        ]
    )
    published: dict[int, tuple[int, ...]] = {8080: (80,), 8081: (8099,)}
    assert seen == HostHealth(
        {
            "postgres": ServiceHealth(
                "missing",
                "none",
                ContainerHealth(),
                {"database login": Answer("running", "k logs in")},
                "17.6",
            ),
            "kestra": ServiceHealth(
                "running",
                "UP",
                ContainerHealth("running", "healthy", 4, 1, True, "2026", published),
            ),
        },
        docker="26.1.5+dfsg1",
    )


def test_health_of_a_host_that_tells_nothing() -> None:
    seen = Health().process([])
    assert (seen["kestra"].word, seen["kestra"].container.status) == ("unknown", "missing")


def test_installed_packages() -> None:
    lines = ["ii  docker.io", "rc  curl", "un  docker-ce", "iU  unpacked", ""]
    assert InstalledPackages().process(lines) == {"docker.io"}


def test_held_package_is_installed() -> None:
    """`apt-mark hold` is common for Docker; dpkg then writes `hi`."""
    assert InstalledPackages().process(["hi  docker.io"]) == {"docker.io"}
    assert Survey().process(["@@packages", "hi  docker.io"]).docker_packages == ("docker.io",)


def test_docker_repository() -> None:
    seen = DockerRepository().process(
        [
            "",
            "@@keyring",
            "-----BEGIN",
            "",
            "@@source",
            "Types: deb",
            "",
            "@@keyring access",
            "644 0 0",
            "",
            "@@source access",
            "",
            "@@packages",
            "ii  docker-ce 5:28.2.2-1~debian.13~trixie",
            "hi  docker-ce-cli 5:28.2.2-1~debian.13~trixie",
            "rc  containerd.io 1.7.27-1",
            "un  docker-compose-plugin ",
        ]
    )
    assert (seen.keyring, seen.source) == ("-----BEGIN\n", "Types: deb\n")
    assert seen.access == {"/etc/apt/keyrings/docker.asc": "644 0 0"}
    assert seen.versions == dict.fromkeys(
        ("docker-ce", "docker-ce-cli"), "5:28.2.2-1~debian.13~trixie"
    )


def test_paths() -> None:
    seen = Paths().process(
        [
            "@@users",
            "kestra 1001 1002",
            "@@stat",
            "755 0 0 11 directory|/opt/kestra",
            "600 0 0 12 regular file|/opt/kestra/.env",
            "644 0 0 13 regular empty file|/opt/kestra/empty",
            "777 0 0 14 symbolic link|/opt/kestra/link",
            "640 0 0 16 regular file|/opt/kestra/ours",
            "2750 1001 1002 15 directory|/opt/kestra/storage",
            "@@links",
            "/opt/kestra/link",
            "@@marked",
            "/opt/kestra/ours",
            "@@sums",
            "abc  /opt/kestra/.env",
            "@@writable",
            "/opt/kestra/storage",
        ]
    )
    assert seen == PathsSeen(
        {
            "/opt/kestra": PathState("directory", "755", 0, 0, modified=11),
            "/opt/kestra/.env": PathState("file", "600", 0, 0, "abc", 12, stranger=True),
            "/opt/kestra/empty": PathState("file", "644", 0, 0, modified=13, empty=True),
            "/opt/kestra/link": PathState("symbolic link", "777", 0, 0, modified=14, link=True),
            "/opt/kestra/ours": PathState("file", "640", 0, 0, modified=16),
            "/opt/kestra/storage": PathState("directory", "2750", 1001, 1002, "", 15, True),
        },
        {"kestra": User(1001, 1002)},
    )


def test_paths_without_a_record_are_for_the_official_images_user() -> None:
    seen = Paths().process(["@@users", "@@stat", "@@sums", "@@writable"])
    assert seen.user("kestra") == User(1000, 1000)
    assert seen.user("") == User(0, 0)


def test_container_without_a_health_check_is_told_too() -> None:
    """Docker has no field `.Id`: it then takes raw JSON, where a missing Health is an error."""
    asked = Running().command({"sidecar": "devorch-sidecar"})
    assert ".State.Health" in asked
    assert ".Id" not in asked
