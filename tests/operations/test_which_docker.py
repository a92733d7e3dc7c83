"""Every call of docker reaches the system's daemon, wherever an environment would lead it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.api.config import Config
from pyinfra.connectors.util import make_unix_command

from kestra_provision.commands.compose import compose
from kestra_provision.docker.environment import ENVIRONMENT
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.judge import judge
from kestra_provision.profiles.tools import Tools
from kestra_provision.remote import shell
from kestra_provision.run.hosts import act_as_root
from kestra_provision.run.side_by_side import command, script
from tests.operations.fact_commands import FACTS, JUDGEMENT
from tests.operations.fake_host import FakeHost
from tests.unit.preflight_hosts import RUNNING, STACK

#: What /etc/environment, a profile or `sudo -E` may bring.
ELSEWHERE = {
    "DOCKER_HOST": "tcp://192.0.2.1:2376",
    "DOCKER_CONTEXT": "remote",
    "DOCKER_CONFIG": "/home/bob/.docker",
    "DOCKER_TLS_VERIFY": "1",
    "DOCKER_CERT_PATH": "/home/bob/certs",
    "DOCKER_API_VERSION": "1.24",
    "DOCKER_DEFAULT_PLATFORM": "linux/arm64",
}
SYSTEM = "unix:///var/run/docker.sock"
FAKE = """#!/bin/sh
echo "$(env | grep '^DOCKER_[A-Z_]*=.' | sort | paste -sd ' ')" >> ROOT/seen
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a docker of the test's own writes down what leads it, a line a call."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "docker").write_text(FAKE.replace("ROOT", str(tmp_path)))
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "seen"


def sh(text: str, stdin: str = "") -> None:
    subprocess.run(
        ["bash", "-c", text], input=stdin, capture_output=True, text=True, check=True, timeout=60
    )


def led(seen: Path) -> set[str]:
    return {line.strip() for line in seen.read_text().splitlines()}


ALONE = {f"DOCKER_CONFIG=/etc/docker DOCKER_HOST={SYSTEM}"}


@pytest.mark.parametrize("name", ["Daemon", "Health", "Images", "Stack", "Survey", "Traces"])
def test_facts(seen: Path, name: str) -> None:
    sh(FACTS[name][1])
    assert led(seen) == ALONE


def test_looks_side_by_side(seen: Path) -> None:
    sh(command().get_raw_value(), script(["docker ps", "docker info"]))
    assert led(seen) == ALONE


def test_compose(seen: Path, tmp_path: Path) -> None:
    sh(compose(str(tmp_path), "ps"))
    assert led(seen) == ALONE


def test_scripts_of_the_host(seen: Path) -> None:
    sh(f"{JUDGEMENT}\ndocker ps")
    assert led(seen) == ALONE


@pytest.mark.parametrize("privilege", ["root", "sudo"])
def test_operations(seen: Path, privilege: str) -> None:
    """Whatever runs on the host once it was looked at, after sudo has made its environment."""
    config = Config(ENV={"LANG": "C"})
    act_as_root(config, HostSurvey(privilege=privilege))
    assert config.SUDO is (privilege == "sudo")
    assert config.ENV == {"LANG": "C", **ENVIRONMENT}
    host = FakeHost()
    host.state.config.ENV = config.ENV
    arguments = {**shell.shell_arguments(host.as_host), "_sudo": False}
    sh(make_unix_command(StringCommand("docker ps"), **arguments).get_raw_value())
    assert led(seen) == ALONE


def test_podman_by_the_name_of_docker_is_refused() -> None:
    survey = HostSurvey(**{**vars(RUNNING), "docker_is_podman": True})
    (problem,) = judge(Tools(), STACK, survey, None)
    assert "podman's, and no package brought it" in problem.what


@pytest.mark.parametrize(
    ("text", "podman"),
    [
        ('#!/bin/sh\nexec /usr/bin/podman "$@"\n', True),
        ("#!/bin/sh\n[ -e /etc/x ] || echo Emulate\nexec podman $@\n", True),
        ('#!/bin/sh\n# no podman here\nexec /usr/bin/docker.real "$@"\n', False),
    ],
)
def test_wrappers_are_told_apart(seen: Path, text: str, podman: bool) -> None:
    wrapper = seen.parent / "bin" / "docker"
    wrapper.write_text(text)
    fact, asked = FACTS["Survey"]
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, timeout=60)
    assert fact.process(done.stdout.splitlines()).docker_is_podman is podman


def test_link_to_podman_is_told(seen: Path) -> None:
    link = seen.parent / "bin" / "docker"
    link.unlink()
    (seen.parent / "podman").write_text("#!/bin/sh\n")
    (seen.parent / "podman").chmod(0o755)
    link.symlink_to(seen.parent / "podman")
    fact, asked = FACTS["Survey"]
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, timeout=60)
    assert fact.process(done.stdout.splitlines()).docker_is_podman
