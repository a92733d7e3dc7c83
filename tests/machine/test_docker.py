"""Stage docker: the engine, compose, and a daemon that runs with its configuration."""

import json
from typing import Any

import pytest
from packaging.version import Version
from testinfra.host import Host

from tests.machine.conftest import option
from tests.machine.stack import Stack

DAEMON_JSON = "/etc/docker/daemon.json"
#: The log drivers that rotate and that `docker logs` can read.
ROTATING = ("json-file", "local")


@pytest.fixture(scope="module")
def daemon_json(host: Host) -> dict[str, Any]:
    """The daemon's configuration file."""
    file = host.file(DAEMON_JSON)
    assert file.is_file, f"{DAEMON_JSON} is missing"
    config: dict[str, Any] = json.loads(file.content_string)
    return config


def test_engine_is_new_enough(host: Host, pytestconfig: pytest.Config) -> None:
    found = host.check_output("docker version --format '{{.Server.Version}}'")
    wanted = option(pytestconfig, "--docker-min-version")
    assert Version(found.partition("+")[0].partition("-")[0]) >= Version(wanted)


def test_compose_is_version_2(host: Host) -> None:
    found = host.check_output("docker compose version --short")
    assert int(found.lstrip("v").partition(".")[0]) >= 2


def test_service_runs_now_and_after_a_boot(host: Host) -> None:
    service = host.service("docker")
    assert service.is_running
    assert service.is_enabled


def test_daemon_json_is_only_roots_to_write(host: Host) -> None:
    file = host.file(DAEMON_JSON)
    assert (file.uid, file.gid, file.mode & 0o022) == (0, 0, 0)


def test_daemon_json_keeps_containers_running(daemon_json: dict[str, Any]) -> None:
    assert daemon_json.get("live-restore") is True


def test_daemon_json_rotates_logs(daemon_json: dict[str, Any]) -> None:
    assert daemon_json.get("log-driver", "json-file") in ROTATING
    assert _rotates(daemon_json.get("log-opts", {}))


def test_live_daemon_runs_with_its_file(host: Host, daemon_json: dict[str, Any]) -> None:
    live = host.check_output("docker info --format '{{.LiveRestoreEnabled}} {{.LoggingDriver}}'")
    assert live == f"true {daemon_json.get('log-driver', 'json-file')}"


def test_live_daemon_is_younger_than_its_file(host: Host) -> None:
    # `docker info` keeps the log options to itself.
    assert host.run("test %s -nt /run/docker.pid", DAEMON_JSON).rc != 0, "not restarted since"


def test_logs_of_our_containers_rotate(stack: Stack, service: str) -> None:
    log = stack.container(service).limits["LogConfig"]
    assert log["Type"] in ROTATING
    assert _rotates(log["Config"])


def _rotates(options: dict[str, str]) -> bool:
    return bool(options.get("max-size")) and int(options.get("max-file", "1")) > 1
