"""What the watch calls a cause, and what a repair restarts, in a stack of several services."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kestra_provision.settings import Settings
from tests.unit.many_services import SETTINGS, Host, four, templates
from tests.unit.watched import Watched, with_watch

WATCH = "scripts/maintenance/watch.sh"
CAUSES = {
    "postgres:frozen": {"postgres": "frozen", "n8n": "unhealthy", "kestra": "ports-closed"},
    "n8n:stopped": {"n8n": "stopped", "sidecar": "not-answering"},
    "n8n:restart-loop kestra:ports-closed": {"n8n": "restart-loop", "kestra": "ports-closed"},
    "sidecar:missing": {"sidecar": "missing"},
    "postgres:check-fails kestra:ports-closed": {
        "postgres": "check-fails",
        "kestra": "ports-closed",
    },
}


@pytest.fixture(autouse=True)
def _templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    templates(tmp_path / "templates", monkeypatch)


@pytest.mark.parametrize("cause", CAUSES)
def test_causes_are_told_and_their_effects_are_not(tmp_path: Path, cause: str) -> None:
    host = Watched(tmp_path, told_to(tmp_path), four())
    host.health("degraded", **CAUSES[cause])
    host.tick()
    assert host.causes == [cause]
    assert host.told[0]["text"].endswith(f"Kestra degraded ({cause})")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Everything of it answers; one repair an hour."""
    host = Host(tmp_path / "host", four())
    settings = told_to(tmp_path).model_copy(update={"self_repair_per_hour": 1})
    with_watch(settings, host.root)
    common = host.root / "scripts/lib/common.sh"
    place = str(tmp_path / "var")
    common.write_text(common.read_text().replace("/var/lib/kestra-provision", place))
    check = host.root / "scripts/maintenance/health-check-all.sh"
    check.write_text(check.read_text().replace("min_free=10", "min_free=0"))
    host.program("id", "#!/bin/sh\necho 0\n")
    host.program("systemctl", "#!/bin/sh\n")
    return host


def told_to(folder: Path) -> Settings:
    return SETTINGS.model_copy(update={"notify_command": f"cat >> {folder}/told"})


def repaired(host: Host) -> list[str]:
    """What docker was asked to change, when the watch has seen the trouble twice."""
    assert host.run(WATCH).returncode == 0
    assert host.calls == []
    done = host.run(WATCH)
    assert done.returncode == 0, done.stderr
    return [call for call in host.calls if not call.startswith("login")]


def test_only_what_is_in_trouble_and_who_needs_it_is_restarted(host: Host) -> None:
    (host.root / "says.n8n").write_text("unhealthy /healthz answers 503\n")
    assert repaired(host) == [
        "stop sidecar",
        "stop n8n",
        "up postgres",
        "up n8n",
        "up sidecar",
    ]
    (line,) = (host.root / "logs/audit.jsonl").read_text().splitlines()
    assert json.loads(line)["result"] == "healthy"
    assert json.loads(line)["reason"] == "n8n:unhealthy"


def test_kestra_is_repaired_as_it_was_deployed_and_that_is_said(host: Host) -> None:
    """Somebody edited a secret without a deploy: a Kestra with the old one is better than none."""
    (host.root / "says.kestra").write_text("ports-closed both are closed\n")
    with (host.root / ".env").open("a") as env:
        env.write("KESTRA_BASICAUTH_PASSWORD=Edited-1\n")
    assert repaired(host) == ["stop kestra", "up postgres", "up kestra"]
    (log,) = (host.root / "logs").glob("*-self-repair.log")
    assert "KESTRA_BASICAUTH_PASSWORD in " in log.read_text()
    assert "Edited-1" not in log.read_text()


def test_who_was_stopped_by_a_person_stays_so(host: Host) -> None:
    """Also when what it needs is repaired for others."""
    (host.bin / "state.postgres").write_text("paused\n")
    (host.bin / "state.kestra").write_text("exited\n")
    assert repaired(host) == [
        "unpause postgres",
        "stop sidecar",
        "stop n8n",
        "up postgres",
        "up n8n",
        "up sidecar",
    ]
    assert (host.bin / "state.kestra").read_text() == "exited\n"


def test_nobody_repairs_what_all_was_stopped(host: Host) -> None:
    for name in ("postgres", "n8n", "sidecar", "kestra"):
        (host.bin / f"state.{name}").write_text("exited\n")
    assert repaired(host) == []


def test_nobody_ends_one_that_serves_for_dockers_check_of_it(host: Host) -> None:
    (host.root / "says.n8n").write_text("check-fails answers, and Docker's check of it fails\n")
    assert repaired(host) == []
