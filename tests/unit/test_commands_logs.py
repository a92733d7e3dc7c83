"""Saved logs: without secrets, kept to a number, by a real shell and awk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kestra_provision.commands import logs
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.secrets import redact
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.stack.configuration import marked

NASTY = ["pa$$w*rd-[1]&", "back\\slash'quote", "long-secret-and-more", "long-secret"]
DOCKER = """#!/bin/sh
for last; do :; done
echo "$last says $LINE" >&2
cat > /dev/null
"""


def save(folder: Path, name: str, line: str, secrets: list[str]) -> str:
    binary = folder / "bin"
    binary.mkdir(exist_ok=True)
    (binary / "docker").write_text(DOCKER)
    (binary / "docker").chmod(0o755)
    subprocess.run(
        ["sh", "-c", str(logs.save(str(folder / "logs"), name, ["k", "p"]))],
        input="".join(f"{secret}\n" for secret in secrets) or "\n",
        env={**os.environ, "PATH": f"{binary}:{os.environ['PATH']}", "LINE": line},
        text=True,
        check=True,
        timeout=30,
    )
    return (folder / "logs" / name).read_text()


def test_every_secret_is_struck_out(tmp_path: Path) -> None:
    line = f"{' '.join(NASTY)} {NASTY[0]}{NASTY[0]} harmless @@"
    text = save(tmp_path, "1-restart.log", line, NASTY)
    struck = "***** ***** ***** ***** ********** harmless @@"
    assert text.splitlines() == [
        "== docker logs k",
        f"k says {struck}",
        "== docker logs p",
        f"p says {struck}",
    ]
    assert (tmp_path / "logs" / "1-restart.log").stat().st_mode & 0o777 == 0o640


def test_only_the_newest_of_their_kind_are_kept(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for number in range(10, 40):
        (tmp_path / "logs" / f"{number}-restart.log").touch()
    (tmp_path / "logs" / "10-self-repair.log").touch()
    (tmp_path / "logs" / "audit.jsonl").touch()
    save(tmp_path, "50-restart.log", "x", [])
    kept = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert len(kept) == logs.KEPT + 2
    assert {"50-restart.log", "39-restart.log", "10-self-repair.log", "audit.jsonl"} <= {*kept}
    assert "20-restart.log" not in kept


def test_what_is_struck_out() -> None:
    text = "KESTRA_HTTP_PORT=8080\nKESTRA_DB_PASSWORD=long-secret\nMY_TOKEN=long-secret-2\nX=abc\n"
    env = HostEnv(EnvFile.parse(text), "600 0 0", text)
    assert redact.secrets_in(env, stack_of(Tools())) == ["long-secret-2", "long-secret"]


def test_what_a_complaint_about_a_configuration_quotes_is_struck_out() -> None:
    """A program that cannot read a file prints the line, where a secret stands in quotes."""
    text = "KESTRA_DB_PASSWORD='say \"hi\" \\there'\n"
    env = HostEnv(EnvFile.parse(text), "600 0 0", text)
    secrets = redact.secrets_in(env, stack_of(Tools()))
    quoted = marked("KESTRA_DB_PASSWORD", env.secrets["KESTRA_DB_PASSWORD"])
    assert redact.redact(quoted, secrets) == '"*****" # KESTRA_DB_PASSWORD'
