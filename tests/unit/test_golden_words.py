"""Refusals, causes, JSON and commands are, to the letter, what `tests/golden/words` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kestra_provision.profiles.tools import Tools
from tests.unit.checked_host import NEVER, Host, free_port
from tests.unit.golden_files import compare, compare_file
from tests.unit.golden_words import health_check, words
from tests.unit.host_files import installed

_DOWN: dict[str, dict[str, Any]] = {
    "paused": {"status": "paused"},
    "out of memory": {"status": "exited", "code": 137, "oom": "true"},
    "never started": {"status": "created", "check": "", "started": NEVER},
    "restarting": {"status": "restarting", "restarts": 1, "code": 1},
    "restart loop": {"status": "restarting", "restarts": 7, "code": 1},
    "starting": {"check": "starting", "started": "now"},
    "ports closed": {},
}


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a known width, and without colours."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


def test_words(golden_write: bool) -> None:
    compare("words", words(), write=golden_write)


def test_health_check(tmp_path: Path, golden_write: bool) -> None:
    host = Host(installed(Tools(), tmp_path))
    host.container("tools-kestra-postgres")
    (host.answers / "ready").touch()
    said = []
    for name, container in _DOWN.items():
        host.container("tools-kestra", **container, ui=free_port(), management=free_port())
        said.append(f"## {name}\n{health_check(host)}\n")
    host.container("tools-kestra-postgres", "paused")
    said.append(f"## PostgreSQL frozen\n{health_check(host)}\n")
    (host.answers / "tools-kestra").unlink()
    said.append(f"## missing\n{health_check(host)}\n")
    said += [
        f"## {' '.join(wrong)}\n{health_check(host, *wrong)}\n"
        for wrong in (["--services", "n8n"], ["--min-free", "x"], ["--help"])
    ]
    (host.answers / "version").unlink()
    for denied in ("Cannot connect to the Docker daemon. Is it running?", "permission denied"):
        (host.answers / "denied").write_text(f"{denied}\n")
        said.append(f"## {denied}\n{health_check(host)}\n")
    compare_file("health-check.txt", "\n".join(said), write=golden_write)


def test_no_secret_is_in_them() -> None:
    assert not [name for name, text in words().items() if "Obviously-fake" in text]
