"""What the health check says, as words and numbers of one host."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kestra_provision.commands import identity
from kestra_provision.commands.lock import Holder
from kestra_provision.facts.status import Status, StatusSeen
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.status.judge import HostStatus, judge
from kestra_provision.status.text import render
from kestra_provision.text.next_command import NextCommand

SETTINGS = Tools()
STACK = stack_of(SETTINGS)
NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


def service(name: str, health: str, state: str, detail: str) -> dict[str, Any]:
    return {
        "name": name,
        "container": STACK.containers[name],
        "health": health,
        "state": state,
        "restarts": 2,
        "memory_bytes": 420 * 1024**2 if health != "down" else None,
        "memory_limit_bytes": 2048 * 1024**2,
        "detail": detail,
    }


def answer(overall: str, *services: dict[str, Any], problems: tuple[str, ...] = ()) -> str:
    found = {"overallHealth": overall, "services": services, "host": {"problems": problems}}
    return json.dumps(found)


def inspected(name: str, **more: Any) -> str:
    found = {
        "name": f"/{name}",
        "image": "kestra/kestra:v1.3.39",
        "image_id": f"sha256:{'ab12' * 16}",
        "status": "running",
        "started": "2026-01-30T10:30:00.123456789Z",
        "managed": "true",
        "project": "tools-kestra",
        "ports": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "8081/tcp": None},
    }
    return json.dumps({**found, **more})


HEALTHY = answer(
    "healthy",
    service("kestra", "healthy", "running", "/health answers 200"),
    service("postgres", "healthy", "running", "accepts connections"),
)
STRANDED = answer(
    "degraded",
    service("kestra", "degraded", "ports-closed", "the container is Up, its ports are closed"),
    service("postgres", "down", "stopped", "the container is exited, exit code 0"),
    problems=("disk-full: /opt/kestra",),
)


def seen(health: str, *more: str) -> StatusSeen:
    containers = [inspected("tools-kestra"), inspected("tools-kestra-postgres", ports={})]
    return Status().process(
        ["@@health", *health.splitlines(), "@@containers", *containers, "@@cpu", *more]
    )


def judged(looked: StatusSeen) -> HostStatus:
    return judge("vps1", STACK, "http://localhost:8080/", looked, NextCommand())


def test_healthy_host() -> None:
    host = judged(seen(HEALTHY, "tools-kestra 1.25%"))
    assert (host.overall, host.causes, host.lock) == ("healthy", (), "")
    kestra, postgres = host.services
    assert (kestra.image_id, kestra.cpu, kestra.memory_mb) == ("ab12ab12ab12", "1.25%", 420)
    assert kestra.ports == ("127.0.0.1:8080->8080",)
    assert postgres.cpu == ""
    text = render([host], NOW)
    assert text.startswith("vps1: healthy   http://localhost:8080/\n")
    assert "1 d 1 h" in text
    assert "420 of 2048" in text


def test_cause_comes_before_its_effect() -> None:
    host = judged(seen(STRANDED))
    assert host.overall == "degraded"
    assert host.causes == (
        "tools-kestra-postgres is stopped: the container is exited, exit code 0",
        "tools-kestra is ports-closed: the container is Up, its ports are closed",
        "disk-full: /opt/kestra",
    )
    assert "degraded (ports-closed)" in render([host], NOW)


@pytest.mark.parametrize("labels", [{"managed": ""}, {"project": "other"}], ids=str)
def test_container_that_only_has_our_name_is_not_described(labels: dict[str, str]) -> None:
    answers = answer("down", service("kestra", "down", "missing", "the container does not exist"))
    stranger = inspected("tools-kestra", image="nginx:1", **labels)
    lines = ["@@health", answers, "@@containers", stranger, "@@cpu", "tools-kestra 0.00%"]
    host = judged(Status().process(lines))
    assert host.causes[-1] == (
        "tools-kestra is missing: another container has its name (nginx:1); "
        "docker rename tools-kestra …"
    )
    kestra = host.services[0]
    assert (kestra.image, kestra.image_id, kestra.cpu, kestra.started) == ("", "", "", "")
    assert (kestra.restarts, kestra.memory_mb, kestra.ports) == (None, None, ())


@pytest.mark.parametrize(
    ("looked", "overall", "word"),
    [
        (StatusSeen(), "not deployed", "pyinfra inventory deploy.py"),
        (seen(""), "unknown", "the health check is missing"),
        (seen("health-check-all.sh: line 3: oops"), "unknown", "line 3: oops"),
    ],
    ids=["never deployed", "script removed", "script broken"],
)
def test_without_an_answer(looked: StatusSeen, overall: str, word: str) -> None:
    host = judged(looked)
    assert host.overall == overall
    assert word in host.causes[0]
    assert render([host], NOW)


@pytest.mark.parametrize("width", [30, 40, 80, 100])
def test_narrow_terminal_gets_a_line_a_field(width: int) -> None:
    host = judged(seen(HEALTHY, "tools-kestra 1.25%"))
    text = render([host], NOW, width)
    wide = [line for line in text.splitlines()[1:] if len(line) > width]
    assert [line for line in wide if len(line.split()) > 1] == []
    assert "tools-kestra-postgres\n  image: " in text
    assert "\n  memory MiB: 420 of 2048\n" in text


def test_table_stays_where_there_is_room() -> None:
    host = judged(seen(HEALTHY))
    table = render([host], NOW)
    widest = max(map(len, table.splitlines()))
    assert render([host], NOW, widest) == table
    assert render([host], NOW, widest - 1) != table


def test_lock_of_a_run_that_is_gone_is_told_apart() -> None:
    gone = Holder(kind="run", who="alice", origin=identity.origin(), local_pid=999_999_999)
    host = judged(Status().process(["@@holder", *gone.lines()]))
    assert host.lock.endswith("(that run is gone, the next takes over)")


def test_lock_is_shown() -> None:
    looked = Status().process(
        ["@@holder", "KIND=manual", "WHO=alice@laptop", "WHEN=2026-01-31 11:00:00", "WHY=disk"]
    )
    host = judged(looked)
    assert host.lock == "by hand, alice@laptop since 2026-01-31 11:00:00 UTC: disk"
    assert f"  locked: {host.lock}" in render([host], NOW).splitlines()


def test_json_has_every_field() -> None:
    host = judged(seen(HEALTHY)).as_json()
    assert json.loads(json.dumps(host))["services"][0]["container"] == "tools-kestra"
