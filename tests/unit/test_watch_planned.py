"""What was stopped on purpose is nothing for the watch to tell, and every other end is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kestra_provision.profiles.tools import Tools
from tests.unit.watched import Watched


@pytest.fixture
def host(tmp_path: Path) -> Watched:
    return Watched(tmp_path, Tools(notify_command=f"cat >> {tmp_path}/told"))


ENDED = "2026-01-31T12:00:00.5Z"


def stopped_on_purpose(host: Watched, *services: str, ended: str = ENDED) -> None:
    """As the stop of a runbook or of the host's scripts leaves it."""
    host.program("docker", f'#!/bin/sh\n[ "$1" != inspect ] || echo {ended}\n')
    for service in services:
        host.lock.parent.mkdir(exist_ok=True)
        host.lock.with_suffix(f".{service}.stopped").write_text(f"{ENDED}\n")


@pytest.mark.parametrize("services", [["kestra"], ["kestra", "postgres"]])
def test_a_planned_stop_is_nothing_to_tell(host: Watched, services: list[str]) -> None:
    stopped_on_purpose(host, *services)
    host.health("down", **dict.fromkeys(services, "stopped"))
    for _ in range(3):
        done = host.tick()
        assert (done.returncode, done.stderr) == (0, "")
    assert host.told == []


def test_a_planned_stop_ends_what_was_told_before_it(host: Watched) -> None:
    host.health("degraded", kestra="ports-closed")
    host.tick()
    stopped_on_purpose(host, "kestra")
    host.health("down", kestra="stopped")
    host.tick()
    host.health("healthy")
    host.tick()
    assert host.causes == ["kestra:ports-closed"]


@pytest.mark.parametrize(
    ("meant", "ended", "states", "cause"),
    [
        (["kestra"], "2026-02-01T00:00:00Z", {"kestra": "stopped"}, "kestra:stopped"),
        (["postgres"], ENDED, {"kestra": "stopped"}, "kestra:stopped"),
        (["kestra"], ENDED, {"kestra": "missing"}, "kestra:missing"),
        (["kestra"], ENDED, {"kestra": "restart-loop"}, "kestra:restart-loop"),
        (["kestra"], ENDED, {"kestra": "stopped", "postgres": "stopped"}, "postgres:stopped"),
        (["kestra"], ENDED, {"kestra": "stopped", "postgres": "frozen"}, "postgres:frozen"),
    ],
    ids=["a later end", "of another one", "removed", "it runs again", "its need ended", "frozen"],
)
def test_what_nobody_meant_is_told(
    host: Watched, meant: list[str], ended: str, states: dict[str, str], cause: str
) -> None:
    stopped_on_purpose(host, *meant, ended=ended)
    host.health("down", **states)
    if states.get("postgres") == "stopped":
        host.program(
            "docker", f"#!/bin/sh\ncase $* in *postgres*) echo x;; *) echo {ended};; esac\n"
        )
    host.tick()
    assert host.causes == [cause]


def test_without_the_daemon_no_stop_was_meant(host: Watched) -> None:
    stopped_on_purpose(host, "kestra")
    host.program("docker", "#!/bin/sh\nexit 1\n")
    host.health("down", kestra="stopped")
    host.tick()
    assert host.causes == ["kestra:stopped"]
