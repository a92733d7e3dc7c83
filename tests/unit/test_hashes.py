"""Compose is asked about files that are not there yet, and nothing of them stays behind."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.commands.compose import hashes_of

COMPOSE, ENV = "name: wanted\n# ümläut '$x'\n", "KESTRA_DB_PASSWORD='Obviously$fake-1'\n"
#: Says what it was called with, and what is in the files that it is given.
DOCKER = """#!/bin/sh
echo "called: $*"
while [ $# -gt 0 ]; do
    case $1 in
        -f | --env-file) echo "$1 $(stat -c %a "$2"): $(cat "$2")"; shift ;;
    esac
    shift
done
echo "kestra" "$(printf a%.0s $(seq 64))"
"""


def asked(
    folder: Path, compose_file: str | None, env: str | None, docker: str = DOCKER
) -> subprocess.CompletedProcess[str]:
    program = folder / "bin/docker"
    program.parent.mkdir()
    program.write_text(docker)
    program.chmod(0o755)
    (folder / "compose.yaml").write_text("name: there\n")
    return subprocess.run(
        ["sh", "-s"],
        input=hashes_of(str(folder), compose_file, env, str(folder / "in-memory")),
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("compose_file", "env", "shown"),
    [
        (COMPOSE, ENV, [f"--env-file 600: {ENV.strip()}", f"-f 600: {COMPOSE.strip()}"]),
        (COMPOSE, None, [f"-f 600: {COMPOSE.strip()}"]),
        (None, ENV, [f"--env-file 600: {ENV.strip()}", "-f 644: name: there"]),
    ],
    ids=["both", "compose file", ".env"],
)
def test_it_is_given_what_will_be_there(
    tmp_path: Path, compose_file: str | None, env: str | None, shown: list[str]
) -> None:
    done = asked(tmp_path, compose_file, env)
    assert done.returncode == 0, done.stderr
    assert "\n".join(shown) in done.stdout
    assert f"--project-directory {tmp_path} " in done.stdout
    assert "config --hash *" in done.stdout
    assert not (tmp_path / "in-memory").exists()


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "in-memory").mkdir()
    (tmp_path / "in-memory/theirs").touch()
    done = asked(tmp_path, COMPOSE, ENV)
    assert done.returncode == 1
    assert "kestra" not in done.stdout.replace(str(tmp_path), "")
    assert (tmp_path / "in-memory/theirs").exists()


def test_a_complaint_of_compose_is_its_answer(tmp_path: Path) -> None:
    done = asked(tmp_path, COMPOSE, ENV, "#!/bin/sh\necho no >&2; exit 14\n")
    assert done.stdout == "no\n"
    assert not (tmp_path / "in-memory").exists()
