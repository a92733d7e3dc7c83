"""What the watch mends by itself, how often, and what it leaves to people."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.profiles.tools import Tools
from tests.unit.watched import Watched


@pytest.fixture
def repairing(tmp_path: Path) -> Watched:
    """Its Docker only notes what it was asked to do."""
    command = f"cat >> {tmp_path}/told"
    host = Watched(tmp_path, Tools(notify_command=command, self_repair_per_hour=1))
    host.program("docker", '#!/bin/sh\necho "$@" >> "$0.asked"\nexit 1\n')
    (host.root / ".env").write_text("A='canary7 x'\n")
    return host


def asked(host: Watched) -> str:
    """What Docker was asked."""
    file = host.folder / "bin/docker.asked"
    return file.read_text() if file.exists() else ""


def audit(host: Watched) -> list[dict[str, Any]]:
    file = host.root / "logs/audit.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_one_bad_look_repairs_nothing(repairing: Watched) -> None:
    for _ in range(3):
        repairing.health("degraded", kestra="ports-closed")
        repairing.tick()
        repairing.health("healthy")
        repairing.tick()
    assert asked(repairing) == ""
    assert audit(repairing) == []


@pytest.mark.parametrize("word", ["ports-closed", "shutting-down", "stale", "stuck"])
def test_two_bad_looks_in_a_row_repair_at_most_so_often(repairing: Watched, word: str) -> None:
    """This Docker cannot; what was asked of it, and what is said of that, counts here."""
    repairing.health("degraded", kestra=word)
    for _ in range(6):
        done = repairing.tick()
        assert done.returncode == 0, done.stderr
    (entry,) = audit(repairing)
    assert entry["action"] == "self-repair"
    assert entry["operator"] == "watch"
    assert entry["reason"] == f"kestra:{word}"
    assert entry["result"] == f"failed: kestra:{word}"
    assert [message["repair"][:6] for message in repairing.told] == ["", "failed"]
    (log,) = (repairing.root / "logs").glob("*-self-repair.log")
    assert log.stat().st_mode & 0o077 == 0
    assert not repairing.lock.exists()


def test_saved_logs_hold_no_secret(repairing: Watched) -> None:
    repairing.program("docker", '#!/bin/sh\necho "$1 <canary7 x>" >&2\nexit 1\n')
    repairing.health("degraded", kestra="ports-closed")
    repairing.tick()
    repairing.tick()
    (log,) = (repairing.root / "logs").glob("*-self-repair.log")
    assert "logs <*****>\n" in log.read_text()
    assert log.read_text().count("canary7") == 1, "that of docker ps alone"
    assert audit(repairing)[0]["result"] == "failed: kestra:ports-closed"


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ("A='canary7 x\n", "line 1 (A) opens a quote"),
        ("B=2\nA=cana$ry7\n", "line 2 (A) holds $"),
        ("A=1\nCOMPOSE_PROFILES=canary7\n", "COMPOSE_PROFILES changes what compose does"),
        (None, ".env is missing"),
    ],
)
def test_what_could_not_be_started_again_is_not_stopped(
    repairing: Watched, env: str | None, why: str
) -> None:
    file = repairing.root / ".env"
    file.unlink() if env is None else file.write_text(env)
    repairing.health("degraded", kestra="ports-closed")
    repairing.tick()
    done = repairing.tick()
    assert why in done.stderr
    assert "no self-repair: " in done.stderr
    assert "canary7" not in done.stderr
    assert asked(repairing) == ""
    assert audit(repairing) == []


def test_the_limit_is_that_of_an_hour(repairing: Watched) -> None:
    memory = repairing.folder / "var/tools-kestra.watch"
    memory.parent.mkdir()
    memory.write_text(f"ticks=1\nrepairs={int(time.time()) - 3500}\n")
    repairing.health("degraded", kestra="ports-closed")
    done = repairing.tick()
    assert "no self-repair: 1 within the last hour, self_repair_per_hour = 1" in done.stderr
    assert audit(repairing) == []
    memory.write_text(f"ticks=1\nrepairs={int(time.time()) - 3700}\n")
    repairing.tick()
    assert len(audit(repairing)) == 1


@pytest.mark.parametrize(
    ("state", "problems"),
    [
        ("stopped", []),
        ("missing", []),
        ("ports-closed", ["disk-full: 1 %"]),
        ("ports-closed", ["rules-gone: Docker's firewall rules are gone (forwarding)"]),
    ],
    ids=["stopped by a person", "removed by a person", "full disk", "flushed firewall"],
)
def test_what_no_restart_mends_is_left_alone(
    repairing: Watched, state: str, problems: list[str]
) -> None:
    repairing.health("down", kestra=state, problems=problems)
    for _ in range(3):
        repairing.tick()
    assert asked(repairing) == ""
    assert audit(repairing) == []


def test_half_a_repair_is_gone_on_with(repairing: Watched) -> None:
    """Killed between stop and start, it would otherwise look like a person's stop."""
    memory = repairing.folder / "var/tools-kestra.watch"
    memory.parent.mkdir()
    memory.write_text("ticks=1\nhalted=postgres kestra\n")
    repairing.health("down", kestra="stopped")
    repairing.tick()
    assert len(audit(repairing)) == 1
