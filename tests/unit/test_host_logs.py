"""Logs that the host's own scripts show: without secrets, as they come, or not at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.profiles.tools import Tools
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.settings.flow_secrets import encoded
from kestra_provision.stack.configuration import marked
from tests.awkward import READ_ALIKE
from tests.unit.host_files import installed

SECRETS = [value for value in READ_ALIKE if len(value) > 5]
#: Logs what a file says, to both of its outputs.
DOCKER = '#!/bin/sh\n[ "$1" = logs ] || exit 0\ncat "$0.log"; cat "$0.log" >&2; exit 3\n'


class Host:
    """A host of files, whose Kestra logs what a test says."""

    def __init__(self, folder: Path, docker: str = DOCKER) -> None:
        self.root = installed(Tools(), folder / "root")
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.program("docker", docker)
        values = {"KESTRA_HTTP_PORT": "8080123", "SHORT": "abcde"}
        values |= {f"V{number}": secret for number, secret in enumerate(SECRETS)}
        self.env = self.root / ".env"
        self.env.write_text(EnvFile.parse("").updated(values).render())

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "tools/kestra/scripts/logs.sh", *arguments],
            env={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def logs(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code and both outputs."""
        process = self.start(*arguments)
        out, error = process.communicate(timeout=60)
        return process.returncode, out, error


@pytest.fixture
def host(tmp_path: Path) -> Host:
    host = Host(tmp_path)
    (host.bin / "docker.log").write_text("<long-enough>\n")
    return host


def test_every_secret_is_struck_out_of_both_outputs(host: Host) -> None:
    lines = [*(f"<{secret}>" for secret in SECRETS), "8080123 abcde @@"]
    (host.bin / "docker.log").write_text("".join(f"{line}\n" for line in lines))
    code, shown, error = host.logs()
    assert (code, error) == (3, ""), "docker's own exit code"
    assert shown.splitlines() == [*["<*****>"] * len(SECRETS), "8080123 abcde @@"] * 2


def test_secret_is_struck_out_as_a_complaint_about_a_configuration_quotes_it(host: Host) -> None:
    quoted = [marked("NAME", secret) for secret in SECRETS]
    (host.bin / "docker.log").write_text("".join(f"password: {each}\n" for each in quoted))
    shown = host.logs()[1]
    assert shown.splitlines() == ['password: "*****" # NAME'] * len(SECRETS) * 2


def test_no_secret_is_in_a_command_line(host: Host) -> None:
    for name in ("awk", "sed", "grep", "sort", "cut"):
        real = subprocess.check_output(["sh", "-c", f"command -v {name}"], text=True).strip()
        host.program(name, f'#!/bin/sh\nprintf "%s\\n" "$@" >> {host.bin}/seen\nexec {real} "$@"\n')
    host.logs()
    seen = (host.bin / "seen").read_text()
    assert "function strike" in seen
    assert not [secret for secret in SECRETS if len(secret) > 8 and secret in seen]


def test_a_log_is_followed_line_by_line(tmp_path: Path) -> None:
    """This Docker goes on when its first line was seen, long before a block is full."""
    waits = 'for _ in $(seq 300); do [ ! -e "$0.go" ] || exec echo seen; sleep 0.1; done'
    host = Host(tmp_path, f'#!/bin/sh\n[ "$1" = logs ] || exit 0\necho "<{"x" * 200}>"\n{waits}\n')
    with host.start("--follow") as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "<*****>\n"
        (host.bin / "docker.go").touch()
        assert following.stdout.read() == "seen\n"


@pytest.mark.parametrize(
    "line",
    ["hunter22", "A", "A='hunter22", "A= 'hunter22", 'A="hunter22\\"', "A-B=hunter22", "A='a'b'"],
)
def test_no_log_is_shown_when_a_secret_cannot_be_told(host: Host, line: str) -> None:
    host.env.write_text(f"# ours\n\nB='x' # y\n{line}\nMIIhunter22==\n")
    code, shown, error = host.logs()
    assert (code, shown) == (1, "")
    assert f"{host.env}: line 4 " in error
    assert "hunter22" not in error


def test_no_log_is_shown_without_the_file_of_secrets(host: Host) -> None:
    host.env.unlink()
    code, shown, error = host.logs()
    assert (code, shown) == (1, "")
    assert f"{host.env} is missing" in error
    assert "deploy again" in error


@pytest.mark.parametrize("wrong", [["--since"], ["--since", ""], ["--since=x"]], ids=str)
def test_since_says_what_it_needs(host: Host, wrong: list[str]) -> None:
    code, _, error = host.logs(*wrong)
    assert code == 1
    assert "--since needs a duration, such as 10m, or a time" in error


def test_secrets_of_flows_are_struck_out_line_by_line(host: Host) -> None:
    values = {"SECRET_A": "-----KEY-----\nfirst öne\nsecond", "SECRET_B": "bbbbbb", "SECRET_C": "x"}
    file = host.root / "config/flow-secrets.env"
    file.parent.mkdir()
    lines = [f"{name}={encoded(value)}\n" for name, value in values.items()]
    file.write_text(f"# ours\n{''.join(lines)}SECRET_D=no base64!\n")
    said = ["<first öne>", "<second>", "<bbbbbb>", f"<{encoded(values['SECRET_A'])}>", "<x>"]
    (host.bin / "docker.log").write_text("".join(f"{line}\n" for line in said))
    code, shown, error = host.logs()
    assert (code, error) == (3, "")
    assert shown.splitlines() == [*["<*****>"] * 4, "<x>"] * 2
