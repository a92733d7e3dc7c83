"""The log of a container: what may be asked, what is struck out, and what ends with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kestra_provision.cli import main
from kestra_provision.status import logs
from kestra_provision.text import moment

SECRETS = ["Obviously-fake-1-and-more", "Obviously-fake-1", "fäke-ümlaut"]
DOCKER = """#!/bin/sh
echo "$@"
echo "to stderr" >&2
[ "$WAIT" ] && exec sleep 300
exit 7
"""


@pytest.mark.parametrize("tail", ["0", "100", "all"])
def test_good_tail(tail: str) -> None:
    assert logs.complaint_of_tail(tail) == ""


@pytest.mark.parametrize("tail", ["", "-1", "+1", "1.5", "ALL", "many", "٣", "1; reboot"])
def test_bad_tail(tail: str) -> None:
    assert repr(tail) in logs.complaint_of_tail(tail)


@pytest.mark.parametrize(
    "since",
    [
        *("10m", "2h", "30s", "1h30m", "1h30m15s"),
        *("2026-01-31", "2026-01-31T12:00", "2026-01-31T12:00:00"),
        *("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00+02:00"),
    ],
)
def test_good_since(since: str) -> None:
    assert moment.complaint_of(since) == ""


@pytest.mark.parametrize(
    "since",
    [
        *("", "2d", "10", "m", "-10m", "10 m", "30s1h", "yesterday", "10m; reboot"),
        *("2026-13-01", "2026-02-30T12:00:00", "2026-01-31 12:00", "2026-01-31T25:00", "20260131"),
    ],
)
def test_bad_since(since: str) -> None:
    assert repr(since) in moment.complaint_of(since)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "2d"], ["--since", "10m"]),
        (["--tail", "few"], ["--tail", "all"]),
        (["--service", "caddy"], ["--service", "postgres"]),
        (["--grep", "("], ["--grep", "is no pattern"]),
    ],
)
def test_bad_options_are_refused_before_connecting(
    arguments: list[str], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # without an inventory, which would be the next complaint
    done = CliRunner().invoke(main, ["logs", "vps1", *arguments])
    assert done.exit_code == 1
    assert all(word in done.output for word in words)


def chunks_of(text: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    for begin, end in pairwise(places):
        yield text[begin:end]
        yield b""  # a second of silence


@given(
    st.lists(
        st.sampled_from([*SECRETS, "harmless", " ", "ä", "\n", "Obviously-fake-"]), min_size=1
    ),
    st.lists(st.integers(0, 200)),
)
def test_secrets_are_struck_out_wherever_chunks_end(words: list[str], cuts: list[int]) -> None:
    text = "".join(words)
    shown = "".join(logs.without_secrets(chunks_of(text.encode(), cuts), SECRETS))
    expected = text
    for secret in SECRETS:
        expected = expected.replace(secret, "*****")
    assert shown.removesuffix("\n") == expected.removesuffix("\n")
    assert not any(secret in shown for secret in SECRETS)


def test_bytes_that_are_no_text_do_not_end_it() -> None:
    assert list(logs.without_secrets([b"\xff one\n"], [])) == ["\ufffd one\n"]


def test_half_a_secret_is_not_shown_when_the_connection_breaks() -> None:
    def breaking() -> Iterator[bytes]:
        yield b"one\npassword=Obviously-"
        raise ConnectionError

    shown: list[str] = []
    lines = logs.without_secrets(breaking(), SECRETS)
    with pytest.raises(ConnectionError):
        for line in lines:
            shown.append(line)  # what came before the break counts
    assert shown == ["one\n"]


def started(
    folder: Path, *services: str, since: str | None = None, follow: bool = False
) -> subprocess.Popen[str]:
    """The command for the host by a real shell, with a `docker` that tells what it got."""
    docker = folder / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.Popen(
        ["sh", "-c", str(logs.command(dict.fromkeys(services, "k's"), "5", since, follow))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PATH": path, "WAIT": "yes" if follow else ""},
        text=True,
    )


def test_command_hands_over_output_and_exit_code_though_stdin_stays_open(tmp_path: Path) -> None:
    process = started(tmp_path, "kestra", since="10m")
    assert process.wait(timeout=30) == 7
    assert process.stdout
    assert process.stdin
    assert process.stdout.read() == "logs --tail 5 --since 10m k's\nto stderr\n"
    process.stdin.close()


def test_follower_ends_with_its_stdin(tmp_path: Path) -> None:
    process = started(tmp_path, "kestra", follow=True)
    assert process.stdout
    assert process.stdin
    assert process.stdout.readline() == "logs --tail 5 --follow k's\n"
    assert process.stdout.readline() == "to stderr\n"
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(timeout=30) != 0
    assert process.stdout.read() == "", "nobody keeps the pipe open, so all have ended"


def test_lines_of_several_services_say_whose_they_are(tmp_path: Path) -> None:
    process = started(tmp_path, "kestra", "n8n")
    assert process.wait(timeout=30) == 7
    assert process.stdout
    assert process.stdin
    said = sorted(process.stdout.read().splitlines())
    process.stdin.close()
    words = "logs --tail 5 --timestamps k's"
    assert said == [
        f"kestra | {words}",
        "kestra | to stderr",
        f"n8n    | {words}",
        "n8n    | to stderr",
    ]


def test_followers_of_several_services_end_with_their_stdin(tmp_path: Path) -> None:
    process = started(tmp_path, "kestra", "n8n", follow=True)
    assert process.stdout
    assert process.stdin
    assert len([process.stdout.readline() for _ in range(4)]) == 4
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(timeout=30) != 0
    assert process.stdout.read() == ""


def test_lines_of_several_services_are_in_the_order_of_time() -> None:
    lines = [
        "kestra | 2026-01-31T12:00:00.200Z second | 1",
        "kestra | 2026-01-31T12:00:00.300Z third",
        "n8n    | 2026-01-31T12:00:00.100Z first",
    ]
    assert [line.split("Z ")[1] for line in logs.in_time(lines)] == ["first", "second | 1", "third"]
