"""The text that knows how the services are works alone, wherever it is sent."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.scripts import judgement
from kestra_provision.settings import Settings
from tests.unit.checked_host import Host, free_port
from tests.unit.host_files import SETTINGS
from tests.vps.engine import need_program

SECRET = "Db-pass-1"
#: Writes its arguments and what it reads down, and answers as a test says. A question of the
#: server's own role is one for a role.
_LOGS_IN = """#!/bin/sh
case "$*" in *role=*) cat >"$0.asked" && cat "$0.role" && exit ;; esac
printf '%s\\n' "$@" >"$0.arguments"
cat >"$0.read"
cat "$0.says" >&2
exit "$(cat "$0.code")"
"""


_REFUSED = 'FATAL:  password authentication failed for user "kestra"'


def said(host: Host, commands: str) -> list[str]:
    """Lines that bash prints when it has this text and no file of ours."""
    text = judgement(Tools(), stack_of(Tools())).replace("/opt/kestra", str(host.root))
    done = subprocess.run(
        ["bash", "-c", f"{text}\n{commands}"],
        env={**os.environ, "PATH": f"{host.root}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_shellcheck_finds_nothing(settings: Settings, tmp_path: Path) -> None:
    need_program("shellcheck", "shellcheck")
    file = tmp_path / "judgement.sh"
    file.write_text(judgement(settings, stack_of(settings)))
    done = subprocess.run(["shellcheck", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_look_says_what_the_health_check_says(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.container("tools-kestra-postgres", "paused")
    ui, management = free_port(), free_port()
    host.container("tools-kestra", ui=ui, management=management)
    shown = 'echo "$container: $health ($state): $detail"'
    assert said(host, f"look postgres; {shown}; look kestra; {shown}") == [
        "tools-kestra-postgres: down (frozen): the container is frozen: "
        "docker unpause tools-kestra-postgres",
        f"tools-kestra: degraded (ports-closed): the container is Up, its ports {ui} and "
        f"{management} are closed; PostgreSQL is frozen",
    ]


@pytest.mark.parametrize(
    ("code", "says", "role", "state", "detail"),
    [
        (0, "t", "", "running", "kestra logs in"),
        (0, "WARNING:  collation version mismatch\nt", "", "running", "kestra logs in"),
        (0, "f", "", "not-owner", "database kestra belongs to another role than kestra"),
        (2, 'FATAL:  permission denied for database "kestra"', "", "not-owner", "another role"),
        (2, _REFUSED, "t", "password-refused", "refuses"),
        (2, _REFUSED, "", "no-role", "has no role kestra that may log in"),
        (2, 'FATAL:  role "kestra" is not permitted to log in', "f", "no-role", "may log in"),
        (2, _REFUSED, "error: connection to server failed", "password-refused", "refuses"),
        (2, 'FATAL:  database "kestra" does not exist', "", "no-database", "no database kestra"),
        (2, 'FATAL:  database "other" does not exist', "", "no-login", "other"),
        (2, "could not connect", "", "no-login", "no login to PostgreSQL as kestra: could not"),
    ],
)
def test_login_takes_the_password_of_env(
    tmp_path: Path, code: int, says: str, role: str, state: str, detail: str
) -> None:
    host = Host(tmp_path)
    docker = tmp_path / "bin/docker"
    docker.write_text(_LOGS_IN)
    Path(f"{docker}.says").write_text(says)
    Path(f"{docker}.code").write_text(str(code))
    Path(f"{docker}.role").write_text(role)
    (tmp_path / ".env").write_text(f"KESTRA_DB_PASSWORD='{SECRET}'\n")
    login = "login_postgres kestra kestra KESTRA_DB_PASSWORD"
    ended, found, why = said(host, f'{login}; echo $?; echo "$state"; echo "$detail"')
    assert (ended, found) == ("0" if state == "running" else "1", state)
    assert detail in why
    assert Path(f"{docker}.read").read_text() == f"{SECRET}\n"
    assert SECRET not in Path(f"{docker}.arguments").read_text() + why
