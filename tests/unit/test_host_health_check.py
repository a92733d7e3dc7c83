"""The host's health check, with a docker that answers from files: each state has its name."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.profiles.tools import Tools
from tests.unit.checked_host import NEVER, Host, answering, free_port
from tests.unit.host_files import installed


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Both containers run; PostgreSQL answers, Kestra's ports are closed."""
    root = installed(Tools(), tmp_path)
    health = root / "scripts/lib/health.sh"
    health.write_text(health.read_text().replace("probe_timeout=10", "probe_timeout=1"))
    host = Host(root)
    host.container("tools-kestra", ui=free_port(), management=free_port())
    host.container("tools-kestra-postgres")
    (host.answers / "ready").touch()
    return host


@pytest.fixture
def kestra() -> Iterator[Callable[[int], int]]:
    """Starts what answers with one status on all paths, and tells its port."""
    servers: list[http.server.HTTPServer] = []

    def start(status: int) -> int:
        servers.append(answering(status))
        return servers[-1].server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


HEALTHY = "healthy running"


def test_healthy(host: Host, kestra: Callable[[int], int]) -> None:
    host.container("tools-kestra", ui=kestra(401), management=kestra(200))
    assert host.states() == ("healthy", {"kestra": HEALTHY, "postgres": HEALTHY}, 0)


@pytest.mark.parametrize(
    ("settings", "port", "url"),
    [
        (Tools(), 8080, "http://localhost:8080/"),
        (Tools(), 9090, "http://localhost:9090/"),
        (Tools(http_port=80), None, "http://localhost:80/"),
        (Tools(bind_address="0.0.0.0"), 9090, "http://localhost:9090/"),
        (Tools(bind_address="10.0.0.5"), 8080, "http://10.0.0.5:8080/"),
        (Tools(bind_address="2001:db8::1"), 8080, "http://[2001:db8::1]:8080/"),
        (Tools(kestra_url="https://k.example.com/"), 9090, "https://k.example.com/"),
    ],
)
def test_address_that_scripts_print_is_the_one_that_answers(
    tmp_path: Path, settings: Tools, port: int | None, url: str
) -> None:
    host = Host(installed(settings, tmp_path))
    host.container("tools-kestra", ui=port)
    script = f". {host.root}/scripts/lib/common.sh; . {host.root}/scripts/lib/health.sh; ui"
    path = f"{host.root}/bin:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={"PATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{url}\n"


@pytest.mark.parametrize(
    "line", ["A=Str0ng$word9", "A='first\nKESTRA_X=second'", "COMPOSE_FILE=Str0ng"]
)
def test_env_that_no_start_would_take_is_a_problem(
    host: Host, kestra: Callable[[int], int], line: str
) -> None:
    host.container("tools-kestra", ui=kestra(401), management=kestra(200))
    (host.root / ".env").write_text(f"{line}\n")
    assert host.states() == ("degraded", {"kestra": HEALTHY, "postgres": HEALTHY}, 1)
    (problem,) = json.loads(host.check().stdout)["host"]["problems"]
    assert problem.startswith(f"env-refused: {host.root}/.env: ")
    assert "Str0ng" not in problem
    assert "second" not in problem


@pytest.mark.parametrize(
    ("ui", "management", "state"),
    [
        (None, None, "ports-closed"),
        (401, None, "management-closed"),
        (None, 200, "ui-closed"),
        (401, 503, "unhealthy"),
        (401, 500, "unhealthy"),
    ],
)
def test_an_up_container_that_does_not_serve_has_a_name(
    host: Host, kestra: Callable[[int], int], ui: int | None, management: int | None, state: str
) -> None:
    ports = [kestra(status) if status else free_port() for status in (ui, management)]
    host.container("tools-kestra", ui=ports[0], management=ports[1])
    expected = {"kestra": f"degraded {state}", "postgres": HEALTHY}
    assert host.states() == ("degraded", expected, 1)


def test_kestra_that_hangs(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        host.container("tools-kestra", ui=port, management=port)
        assert host.states()[1]["kestra"] == "degraded not-answering"


@pytest.mark.parametrize(
    ("status", "said", "state"),
    [
        ("paused", {}, "down frozen"),
        ("exited", {"code": 137, "oom": "true"}, "down stopped"),
        ("created", {"check": "", "started": NEVER}, "down stopped"),
        ("restarting", {"restarts": 1, "code": 1}, "down restarting"),
        ("restarting", {"restarts": 7, "code": 1}, "down restart-loop"),
        ("running", {"restarts": 7, "started": "now"}, "down restart-loop"),
        ("running", {"check": "starting", "started": "now"}, "degraded starting"),
        ("running", {"restarts": 7}, "degraded ports-closed"),
    ],
    ids=lambda value: str(value),
)
def test_states_of_the_container(host: Host, status: str, said: dict[str, Any], state: str) -> None:
    host.container("tools-kestra", status, **said, ui=free_port(), management=free_port())
    assert host.states()[1]["kestra"] == state


def test_what_answers_while_dockers_check_fails(host: Host, kestra: Callable[[int], int]) -> None:
    """Compose takes Docker's word; what answers nothing keeps its own."""
    host.container("tools-kestra", check="unhealthy", ui=kestra(401), management=kestra(200))
    seen = host.states()
    assert seen == ("degraded", {"kestra": "degraded check-fails", "postgres": HEALTHY}, 1)
    detail = json.loads(host.check().stdout)["services"][0]["detail"]
    assert detail == "/health answers 200, and Docker's check of it fails"
    host.container("tools-kestra", check="unhealthy", ui=free_port(), management=free_port())
    assert host.states()[1]["kestra"] == "degraded ports-closed"


def test_a_missing_container(host: Host) -> None:
    (host.answers / "tools-kestra").unlink()
    assert host.states()[1]["kestra"] == "down missing"


def test_the_cause_is_named_with_the_effect(host: Host) -> None:
    host.container("tools-kestra-postgres", "paused")
    done = json.loads(host.check().stdout)
    assert done["services"][0]["detail"].endswith("are closed; PostgreSQL is frozen")
    assert "docker unpause tools-kestra-postgres" in done["services"][1]["detail"]


def test_nothing_starts_without_its_database(host: Host) -> None:
    ports: dict[str, Any] = {"ui": free_port(), "management": free_port()}
    host.container("tools-kestra", check="starting", started="now", **ports)
    host.container("tools-kestra-postgres", "exited")
    assert host.states()[1]["kestra"] == "degraded ports-closed"


def test_postgres_that_runs_and_accepts_nobody(host: Host) -> None:
    (host.answers / "ready").unlink()
    assert host.states()[1]["postgres"] == "degraded not-answering"


def test_all_down_is_down(host: Host) -> None:
    host.container("tools-kestra", "exited")
    host.container("tools-kestra-postgres", "exited")
    assert host.states()[::2] == ("down", 2)


def test_docker_that_does_not_run(host: Host) -> None:
    for answer in host.answers.iterdir():
        answer.unlink()
    (host.answers / "denied").write_text("Cannot connect to the Docker daemon. Is it running?\n")
    expected = {"kestra": "down unknown", "postgres": "down unknown"}
    assert host.states() == ("down", expected, 2)
    (problem,) = json.loads(host.check().stdout)["host"]["problems"]
    assert problem.startswith("docker-not-running: ")


def test_who_may_not_use_docker_gets_no_verdict(host: Host) -> None:
    (host.answers / "version").unlink()
    (host.answers / "denied").write_text("permission denied while trying to connect\n")
    done = host.check("--services", "kestra")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"sudo {host.root}/scripts/maintenance/health-check-all.sh" in done.stderr
    assert done.stderr.rstrip().endswith("--services kestra")


def test_a_full_disk_is_a_problem_of_the_host(host: Host, kestra: Callable[[int], int]) -> None:
    host.container("tools-kestra", ui=kestra(200), management=kestra(200))
    seen = json.loads(host.check("--min-free=101").stdout)
    assert seen["overallHealth"] == "degraded"
    assert seen["host"]["problems"][0].startswith("disk-full: ")
    assert 0 <= seen["host"]["disk_free_percent"] <= 100


@pytest.mark.parametrize(
    ("uid", "saved", "gone"), [(0, "", True), (0, "exit 1", False), (1000, "", False)]
)
def test_flushed_rules_are_a_problem_that_root_can_tell(
    host: Host, kestra: Callable[[int], int], uid: int, saved: str, gone: bool
) -> None:
    """All services answer: what they do behind their ports fails."""
    host.container("tools-kestra", ui=kestra(200), management=kestra(200))
    host.program("id", f"#!/bin/sh\necho {uid}\n")
    host.program("nft", "#!/bin/sh\nexit 1\n")
    host.program("iptables-save", f"#!/bin/sh\n{saved}\n")
    seen = json.loads(host.check().stdout)
    assert seen["overallHealth"] == ("degraded" if gone else "healthy")
    assert [p.partition(":")[0] for p in seen["host"]["problems"]] == ["rules-gone"] * gone
    assert {s["health"] for s in seen["services"]} == {"healthy"}


@pytest.mark.parametrize("listed", [["--services", "kestra"], ["--services=kestra"]], ids=str)
def test_only_the_services_asked_for(host: Host, listed: list[str]) -> None:
    host.container("tools-kestra", "exited")
    done = host.check(*listed)
    assert [s["name"] for s in json.loads(done.stdout)["services"]] == ["kestra"]
    assert done.returncode == 2, "the only one looked at is down"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--services", "n8n"],
        ["--services", ""],
        ["--services"],
        ["--min-free", "x"],
        ["--min-free"],
    ],
    ids=str,
)
def test_wrong_words_end_without_a_verdict(host: Host, wrong: list[str]) -> None:
    done = host.check(*wrong)
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: " in done.stderr
    assert wrong[0].lstrip("-").rstrip("s") in done.stderr
