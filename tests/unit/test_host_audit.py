"""What the host's own scripts start or stop leaves a line; what they leave as it is leaves none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.many_services import Host, alone, four, templates

START, STOP = "scripts/docker/start-stacks.sh", "scripts/docker/stop-stacks.sh"
RUN, STOP_ONE = "tools/kestra/scripts/run.sh", "tools/kestra/scripts/stop.sh"
_ID = '#!/bin/sh\ncase "$1" in -un) echo {name} ;; *) echo {number} ;; esac\n'
DOWN = dict.fromkeys(("postgres", "n8n", "sidecar", "kestra"), "exited")


@pytest.fixture(autouse=True)
def _templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    templates(tmp_path / "templates", monkeypatch)


def a_host(folder: Path, user: str = "root", **states: str) -> Host:
    """Four services, and a shell of this user's."""
    host = Host(folder, four(), **states)
    host.program("id", _ID.format(name=user, number=0 if user == "root" else 1000))
    (host.root / "logs").mkdir(exist_ok=True)
    return host


def records(host: Host) -> list[dict[str, Any]]:
    file = host.root / "logs/audit.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize(
    ("script", "states", "action", "result"),
    [
        (STOP, {}, "stop-stacks", "stopped"),
        (STOP_ONE, {}, "stop", "stopped"),
        (START, DOWN, "start-stacks", "healthy"),
        (START, {"kestra": "exited"}, "start-stacks", "healthy"),
        (START, {"postgres": "paused"}, "start-stacks", "healthy"),
    ],
)
def test_each_that_changes_something_leaves_a_line(
    tmp_path: Path, script: str, states: dict[str, str], action: str, result: str
) -> None:
    host = a_host(tmp_path, **states)
    done = host.run(script, SUDO_USER="alice")
    assert done.returncode == 0, done.stderr
    (record,) = records(host)
    assert (record["action"], record["result"]) == (action, result)
    assert record["operator"].startswith("alice@")
    assert record["reason"] == str(host.root / script)
    assert (host.root / "logs/audit.jsonl").stat().st_mode & 0o777 == 0o640


def test_where_somebody_came_from_is_told(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    host.run(STOP, SSH_CONNECTION="192.0.2.7 50000 192.0.2.1 22")
    (record,) = records(host)
    assert record["operator"] == "root@192.0.2.7"


@pytest.mark.parametrize(
    ("script", "states"), [(START, {}), (RUN, {}), (STOP, DOWN), (STOP_ONE, {"kestra": "exited"})]
)
def test_what_is_left_as_it_is_leaves_none(
    tmp_path: Path, script: str, states: dict[str, str]
) -> None:
    host = a_host(tmp_path, **states)
    done = host.run(script, *(["--detach"] if script == RUN else []))
    assert done.returncode == 0, done.stderr
    assert records(host) == []


@pytest.mark.parametrize("words", [["--help"], ["--nonsense"]])
def test_who_only_asks_leaves_none(tmp_path: Path, words: list[str]) -> None:
    host = a_host(tmp_path)
    host.run(STOP, *words)
    assert records(host) == []


def test_who_may_not_write_there_is_not_kept_from_it(tmp_path: Path) -> None:
    host = a_host(tmp_path, user="bob")
    done = host.run(STOP_ONE)
    assert (done.returncode, records(host)) == (0, [])
    assert host.calls == ["stop kestra"]
    assert "audit" not in done.stderr


def test_a_failure_says_why(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    docker = host.bin / "docker"
    docker.write_text(
        docker.read_text().replace("    stop) ", "    stop) case $* in *n8n) exit 1 ;; esac; ")
    )
    done = host.run(STOP)
    assert done.returncode == 1
    (record,) = records(host)
    assert record["result"] == "failed: n8n cannot be stopped, see above"


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    (host.root / "logs/audit.jsonl").write_text('{"time": "2026')
    host.run(STOP)
    assert json.loads((host.root / "logs/audit.jsonl").read_text().splitlines()[1])


def test_a_stack_of_one_service_leaves_its_lines_too(tmp_path: Path) -> None:
    host = Host(tmp_path, alone(), kestra="exited")
    host.program("id", _ID.format(name="root", number=0))
    (host.root / "logs").mkdir(exist_ok=True)
    assert host.run(RUN, "--detach").returncode == 0
    assert host.run(STOP_ONE).returncode == 0
    assert [record["action"] for record in records(host)] == ["run", "stop"]
