"""The look at all services: in one shell, with a docker that answers from files."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kestra_provision import LABEL
from kestra_provision.facts.health import Health, HostHealth, health_arguments
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.scripts import judgement
from tests.unit.checked_host import free_port

PASSWORD = 'Obviously-fake "pass"word\\ $1 ü'
KESTRA, POSTGRES = "tools-kestra", "tools-kestra-postgres"
#: It writes down what it is called with, and what comes on stdin.
DOCKER = """#!/bin/bash
printf '%s\\n' "$*" >> ROOT/called
case "$1 $*" in
    version*) cat ROOT/version ;;
    ps*) cat ROOT/ps-* 2>/dev/null ;;
    inspect*) for name in "${@:6}"; do cat "ROOT/told-$name"; done ;;
    exec*pg_isready*)
        echo 'postgres (PostgreSQL) 17.6 (Debian 17.6-1.pgdg120+1)'
        [ -e ROOT/ready ]
        ;;
    exec*role=*) cat > /dev/null; echo t ;;
    exec*psql*) cat > ROOT/stdin; cat ROOT/refuses >&2 && exit 2; echo t ;;
esac
"""


class Host:
    """A host of files; both containers run, PostgreSQL answers and Kestra's ports are closed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings = Tools(http_port=free_port(), management_port=free_port())
        docker = root / "bin" / "docker"
        docker.parent.mkdir()
        docker.write_text(DOCKER.replace("ROOT", str(root)))
        docker.chmod(0o755)
        (root / "version").write_text("28.2.2\n")
        (root / "ready").touch()
        (root / ".env").write_text(f"KESTRA_DB_PASSWORD='{PASSWORD}'\n")
        self.container(KESTRA)
        self.container(POSTGRES)

    def container(self, name: str, status: str = "running", **labels: str) -> None:
        """As docker shows it to the text of the host's scripts, and to the look around it."""
        labels = {"managed": "true", "project": "tools-kestra", **labels}
        mark = f"{labels['managed']}/{labels['project']}"
        line = f"{status}|healthy|0|0|false|2020-01-01T00:00:00.1Z|0|1000|{mark}|{{}}"
        shown = {
            "name": f"/{name}",
            "status": status,
            "restarts": 0,
            "exit_code": 0,
            "oom": False,
            "started": "2020-01-01T00:00:00.1Z",
            "ports": {"8080/tcp": [{"HostIp": "", "HostPort": "80"}], "9/tcp": None},
            "health": "healthy",
        }
        text = json.dumps(shown, separators=(",", ":"))
        project = labels["project"]
        (self.root / f"told-{name}-id").write_text(
            f"json {project} {text}\npid {project} /{name} 1\nline /{name}|{line}\n"
        )
        columns = (name, labels["managed"], project, "image", "Up", "", "", f"{name}-id")
        (self.root / f"ps-{name}").write_text("\t".join(columns) + "\n")

    def remove(self, name: str) -> None:
        (self.root / f"ps-{name}").unlink()

    def look(self, **environment: str) -> tuple[HostHealth, str]:
        """What the fact makes of it, and all that was printed."""
        stack = stack_of(self.settings)
        arguments = health_arguments(stack, judgement(self.settings, stack))
        command = Health().command(**arguments)
        command = command.replace(self.settings.root_dir, str(self.root))
        assert PASSWORD not in command
        path = f"{self.root}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-c", command],
            capture_output=True,
            text=True,
            env={"PATH": path, **environment},
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return Health().process(done.stdout.splitlines()), done.stdout

    @property
    def called(self) -> str:
        return (self.root / "called").read_text()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_each_service_has_its_word(host: Host) -> None:
    seen, _ = host.look()
    assert seen.docker == "28.2.2"
    postgres, kestra = seen["postgres"], seen["kestra"]
    assert (postgres.word, postgres.detail) == ("running", "accepts connections")
    assert (postgres.version, kestra.version) == ("17.6", "")
    assert postgres.answers["database login"].word == "running"
    assert kestra.word == "ports-closed"
    assert "its ports" in kestra.detail
    assert kestra.answers == {}
    assert (kestra.container.status, kestra.container.published) == ("running", {8080: (80,)})


def test_password_goes_through_stdin_only(host: Host) -> None:
    _, shown = host.look()
    assert (host.root / "stdin").read_text() == f"{PASSWORD}\n"
    assert PASSWORD not in host.called + shown


def test_password_that_is_refused(host: Host) -> None:
    (host.root / "refuses").write_text("FATAL:  password authentication failed for user\n")
    seen, shown = host.look()
    answer = seen["postgres"].answers["database login"]
    assert answer.word == "password-refused"
    assert answer.detail.startswith("PostgreSQL refuses ")
    assert PASSWORD not in shown


def test_login_that_fails_otherwise(host: Host) -> None:
    (host.root / "refuses").write_text("could not connect to server\n")
    answer = host.look()[0]["postgres"].answers["database login"]
    assert answer.word == "no-login"
    assert "could not connect to server" in answer.detail


@pytest.mark.parametrize("labels", [{"managed": ""}, {"project": "other"}])
def test_strangers_are_asked_nothing(host: Host, labels: dict[str, Any]) -> None:
    host.container(KESTRA, **labels)
    host.container(POSTGRES, **labels)
    seen, _ = host.look()
    for service, name in (("kestra", KESTRA), ("postgres", POSTGRES)):
        assert seen[service].word == "stranger"
        assert f"docker rename {name}" in seen[service].detail
        assert seen[service].container.status == "missing"
    assert "exec" not in host.called
    assert not (host.root / "stdin").exists()


def test_what_does_not_answer_gets_no_password(host: Host) -> None:
    (host.root / "ready").unlink()
    seen, _ = host.look()
    assert (seen["postgres"].word, seen["postgres"].version) == ("not-answering", "17.6")
    assert seen["postgres"].answers == {}
    assert "PostgreSQL is not-answering" in seen["kestra"].detail
    assert not (host.root / "stdin").exists()


def test_stopped_and_missing(host: Host) -> None:
    host.container(POSTGRES, "exited")
    host.remove(KESTRA)
    seen, _ = host.look()
    assert (seen["postgres"].word, seen["postgres"].version) == ("stopped", "")
    assert (seen["kestra"].word, seen["kestra"].container.status) == ("missing", "missing")
    assert "exec" not in host.called


def test_docker_that_is_down(host: Host) -> None:
    for name in (KESTRA, POSTGRES):
        host.remove(name)
    (host.root / "version").unlink()
    seen, _ = host.look()
    assert (seen["kestra"].word, seen["postgres"].word, seen.docker) == ("unknown", "unknown", "")


def test_what_the_shell_exports_leads_nowhere(host: Host) -> None:
    seen, _ = host.look(DOCKER_HOST="tcp://example.com", KESTRA_DB_PASSWORD="another")
    assert seen["postgres"].word == "running"
    assert (host.root / "stdin").read_text() == f"{PASSWORD}\n"


def test_environment_of_containers_is_not_asked_for(host: Host) -> None:
    host.look()
    assert LABEL in host.called
    assert ".Env" not in host.called


def test_docker_is_asked_for_all_containers_at_once(host: Host) -> None:
    host.look()
    words = [line.partition(" ")[0] for line in host.called.splitlines()]
    assert [words.count(word) for word in ("ps", "inspect")] == [1, 1]


def test_docker_that_does_not_tell_of_containers(host: Host) -> None:
    """Though its daemon answers: nobody may take them for missing."""
    program = host.root / "bin" / "docker"
    for call in ("ps", "inspect"):
        refusing = f"""case "$1" in
    {call}) echo 'Error response from daemon: no space' >&2; exit 1 ;;
    info) echo server 28.2.2 ;;"""
        program.write_text(
            DOCKER.replace("ROOT", str(host.root)).replace(
                'case "$1 $*" in', f'{refusing} esac\ncase "$1 $*" in'
            )
        )
        seen, _ = host.look()
        assert (seen["kestra"].word, seen["postgres"].word) == ("unknown", "unknown")
