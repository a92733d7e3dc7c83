"""A command between marks: noise is no answer, and no answer is none."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import Any, cast

import paramiko
import pytest

from kestra_provision.remote import marks
from kestra_provision.remote.session import Client, NoAnswerError, Session
from tests.operations.spoken import SpokenChannel, SpokenTransport, mark_of


def session(channel: SpokenChannel, **options: Any) -> Session:
    return Session(cast(paramiko.Transport, SpokenTransport(channel, **options)), "x")


@pytest.mark.parametrize(
    "text", [b"", b"one", b"one\n", b"\n\n", b"one\n\n", b"\n@@kp-", b"@@kp-0 0\n", b"\xff\n"]
)
@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("noise", [b"", b"welcome", b"welcome\n", b"@@kp-1\n"])
def test_answer_comes_to_the_byte_however_it_is_cut(text: bytes, size: int, noise: bytes) -> None:
    mark = marks.draw()
    sent = noise + f"{mark}\n".encode() + text + f"\n{mark} 3\n".encode()
    answer = marks.Answer(mark)
    told = b"".join(answer.take(sent[at : at + size]) for at in range(0, len(sent), size))
    assert (told + answer.rest(), answer.status) == (text, 3)


def test_answer_is_told_as_it_comes() -> None:
    answer = marks.Answer("@@kp-1")
    answer.take(b"@@kp-1\n")
    assert answer.take(b"one\ntwo") == b"one\ntwo"


SHELLS = [name for name in ("sh", "bash", "zsh", "fish", "tcsh", "ksh") if shutil.which(name)]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "command",
    ["printf 'a\\\\b\\n'", "echo 'it'\"'\"'s !x'\necho two", "cat; exit 3", "echo $0 $((1+1))"],
)
def test_any_shell_hands_it_on(shell: str, command: str) -> None:
    mark = marks.draw()
    plain = subprocess.run(["sh", "-c", command], input="in\n", capture_output=True, text=True)
    line = [shell, "-c", marks.line(f"sh -c {shlex.quote(command)}", mark)]
    done = subprocess.run(line, input="in\n", capture_output=True, text=True)
    answer = marks.Answer(mark)
    assert answer.take(done.stdout.encode()).decode() == plain.stdout
    assert answer.status == done.returncode == plain.returncode
    assert done.stderr == f"{mark}\n{plain.stderr}"


def test_marks_differ() -> None:
    assert len({marks.draw() for _ in range(9)}) == 9


def test_noise_of_a_start_file_is_no_part_of_the_answer() -> None:
    channel = SpokenChannel(b"one\ntwo", noise=b"motd\nwithout end", complaints=b"oh\n", code=4)
    asked = session(channel)
    assert [*asked.lines()] == [b"one\n", b"two"]
    assert [*asked.complaints()] == [b"oh\n"]
    assert asked.exit_status() == 4
    assert mark_of(channel.command)


@pytest.mark.parametrize(
    ("channel", "options", "said"),
    [
        (SpokenChannel(b"hi\n", begins=False), {}, "and said 'hi'"),
        (SpokenChannel(begins=False), {}, "said nothing"),
        (SpokenChannel(begins=False, complaints=b"no!\n", code=1), {}, "said 'no!'"),
        (
            SpokenChannel(begins=False, complaints=b"a" * 300 + b"\nSyntaxError\n", code=1),
            {},
            f"said '{'a' * 100} … {'a' * 88} SyntaxError' (exit",
        ),
        (
            SpokenChannel(b"This account is currently not available.\n", begins=False, code=1),
            {},
            "usermod -s /bin/bash me",
        ),
        (
            SpokenChannel(b"x", begins=False),
            {"forced_by": "/root/.ssh/authorized_keys:2"},
            "/root/.ssh/authorized_keys:2",
        ),
        (SpokenChannel(b"half", ends=False), {}, "before it had answered"),
        (SpokenChannel(b"half", ends=False, code=-1), {}, "(killed)"),
        (SpokenChannel(b"half", ends=False, code=137), {}, "(exit status 137)"),
    ],
)
def test_what_did_not_run_to_its_end_is_no_answer(
    channel: SpokenChannel, options: dict[str, Any], said: str
) -> None:
    asked = session(channel, **options)
    [*asked.chunks()]
    [*asked.complaints()]
    with pytest.raises(NoAnswerError) as error:
        asked.exit_status()
    assert said in str(error.value)


def test_lost_connection_is_told_by_whoever_knows_it() -> None:
    asked = session(SpokenChannel(b"half", ends=False, code=-1), active=False)
    [*asked.chunks()]
    assert asked.exit_status() == -1


def test_client_reads_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte that is no UTF-8 ends no answer: pyinfra's own reader would stop there."""
    client = Client()
    transport = SpokenTransport(SpokenChannel(b"a\xffb\nc\n", complaints=b"\xff\n"))
    monkeypatch.setattr(client, "get_transport", lambda: transport)
    _, stdout, stderr = client.exec_command("x")
    assert [*stdout] == ["a\udcffb\n", "c\n"]
    assert [*stderr] == ["\\xff\n"]
    assert stdout.channel.recv_exit_status() == 0
