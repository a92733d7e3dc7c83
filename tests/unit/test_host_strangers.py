"""A container that only has our name: the host's scripts ask it nothing, stop it never."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.many_services import Host, four, templates

#: Docker prints nothing for a label that is not there.
STRANGERS = pytest.mark.parametrize("mark", ["/", "true/other", "false/devorch"])
PROGRAMS = [
    ("scripts/docker/stop-stacks.sh", "--phase", "devorch"),
    ("scripts/docker/start-stacks.sh", "--phase", "devorch"),
    ("tools/kestra/scripts/stop.sh",),
    ("tools/kestra/scripts/run.sh", "--detach"),
]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    templates(tmp_path / "templates", monkeypatch)
    return Host(tmp_path, four())


@STRANGERS
@pytest.mark.parametrize("command", PROGRAMS, ids=lambda command: command[0])
def test_it_is_not_touched(host: Host, mark: str, command: tuple[str, ...]) -> None:
    (host.bin / "mark").write_text(mark)
    done = host.run(*command)
    assert done.returncode == 1
    assert "is not ours: docker rename " in done.stderr
    assert host.calls == []


@STRANGERS
def test_it_is_called_one(host: Host, mark: str) -> None:
    (host.bin / "mark").write_text(mark)
    done = host.run("scripts/maintenance/health-check-all.sh", "--min-free", "0")
    seen = json.loads(done.stdout)
    assert seen["overallHealth"] != "healthy"
    assert {service["state"] for service in seen["services"]} == {"stranger"}
    assert host.calls == []


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ("devorch-n8n-1||n8n", True),
        ("devorch-kestra-1|false|kestra", True),
        ("n8n|true|n8n", False),
        ("devorch-redis-1||redis", False),
        ("devorch||", False),
    ],
)
def test_compose_is_not_let_near_one_that_it_would_take_for_ours(
    host: Host, other: str, refused: bool
) -> None:
    (host.bin / "others").write_text(f"kestra|true|kestra\n{other}\n")
    done = host.run("scripts/docker/start-stacks.sh", "--phase", "devorch")
    assert (done.returncode, host.calls == []) == (refused, refused), done.stderr
    name = other.partition("|")[0]
    assert (f"the container {name} is not ours, and compose would" in done.stderr) == refused


@pytest.mark.parametrize("command", PROGRAMS, ids=lambda command: command[0])
def test_nothing_is_done_where_docker_does_not_tell(host: Host, command: tuple[str, ...]) -> None:
    """It would say that nothing runs, and the watch would take that for meant."""
    (host.bin / "silent").touch()
    done = host.run(*command)
    assert done.returncode == 1
    assert "Docker does not tell; sudo systemctl restart docker" in done.stderr
    assert host.calls == []
    assert not [*host.root.rglob("*.stopped")]
    seen = json.loads(host.run("scripts/maintenance/health-check-all.sh").stdout)
    assert {service["state"] for service in seen["services"]} == {"unknown"}


def test_ours_is_stopped(host: Host) -> None:
    assert host.run("scripts/docker/stop-stacks.sh", "--phase", "devorch").returncode == 0
    assert len(host.calls) == 4
