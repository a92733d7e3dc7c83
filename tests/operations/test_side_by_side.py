"""Several shell texts in one channel: each has its own answer, whatever it prints."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.script import Once, section
from kestra_provision.facts.script import script as script_of
from kestra_provision.remote.shell import Result
from kestra_provision.run.side_by_side import answers, command, script


def run(*texts: str) -> list[Result | None]:
    done = subprocess.run(
        ["sh", "-c", command().get_raw_value()],
        input=script(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    # As pyinfra: the last line break is gone.
    return answers(done.stdout.removesuffix("\n"), len(texts))


def out(*texts: str) -> list[str]:
    found = run(*texts)
    assert all(result is not None and result.ok for result in found)
    return [result.stdout for result in found if result]


def test_answers_come_to_the_byte() -> None:
    assert out("echo one; echo two", "printf no-end", "true", "printf '\\n\\n'") == [
        "one\ntwo\n",
        "no-end",
        "",
        "\n\n",
    ]


def test_an_answer_cannot_look_like_another_one() -> None:
    """The mark is another one each time, so nothing on a host can hold it."""
    assert out("echo @@answer 2 0; echo x", "echo mine") == ["@@answer 2 0\nx\n", "mine\n"]
    texts = ["true"]
    marks = {
        subprocess.run(["sh", "-s"], input=script(texts), capture_output=True, text=True).stdout
        for _ in range(3)
    }
    assert len(marks) == 3


def test_one_that_fails_says_why_and_nothing_else() -> None:
    failed, fine = run("echo secret; echo no >&2; exit 3", "echo fine")
    assert failed == Result(False, "", "no\n")
    assert fine == Result(True, "fine\n", "")


def test_an_exit_or_a_variable_stays_with_its_text() -> None:
    assert out("a=1; exit 0", "echo ${a-none}") == ["", "none\n"]


def test_nothing_reads_the_script() -> None:
    assert out("cat", "echo after") == ["", "after\n"]


def test_they_run_side_by_side(tmp_path: Path) -> None:
    """The writer of a pipe waits for its reader: one after the other they would never end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert out("true", f"echo here > {pipe}", f"cat {pipe}") == ["", "", "here\n"]


def test_first_one_ends_before_the_others_begin(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert out(f"sleep 0.3; touch {mark}", f"ls {mark}") == ["", f"{mark}\n"]


def test_without_room_there_is_no_answer() -> None:
    """Nothing is written after it then."""
    assert answers("@@answer-x\n", 1) == [None]
    assert answers("@@answer-x\nhalf of it", 1) == [None]


def test_answer_that_was_cut_off_is_none() -> None:
    whole = "@@answer-x\na\nb\n\n@@answer-x 1 0\nc\n\n@@answer-x 2 0"
    assert answers(whole, 2) == [Result(True, "a\nb\n", ""), Result(True, "c\n", "")]
    for length in range(len(whole)):
        told = [answer for answer in answers(whole[:length], 2) if answer]
        assert told in ([], [Result(True, "a\nb\n", "")]), whole[:length]


@pytest.mark.parametrize("name", ["HUP", "INT", "PIPE", "TERM"])
def test_nothing_stays_on_the_host_when_a_signal_ends_it(name: str) -> None:
    """Such as that of a lost connection; an answer may be the host's .env."""
    before = {*Path("/run").iterdir()}
    text = script(["true", "echo secret; sleep 0.2", f"kill -{name} $$"])
    # A shell cannot trap what was ignored when it began, as HUP is below nohup.
    line = ["env", f"--default-signal={name}", "sh", "-s", "root", "root"]
    done = subprocess.run(line, input=text, text=True, timeout=60)
    assert done.returncode == 1
    assert {*Path("/run").iterdir()} == before


def test_who_asks_is_told() -> None:
    (said,) = out('echo "$privilege $user"')
    assert said.split()[0] in ("root", "sudo")


def test_no_answer_at_all_is_none() -> None:
    assert answers("", 2) == [None, None]


def test_what_two_ask_is_asked_once(tmp_path: Path) -> None:
    """The second waits for the first; alone each asks itself."""
    calls = tmp_path / "calls"
    slow = Once("slow", f"echo called >> {calls}; sleep 0.3; echo answer")
    outer = Once("outer", f"{slow.ask} | sed s/answer/through/", needs=(slow,))
    text = script_of(section("a", outer.ask), section("b", slow.ask), asks=(outer, slow))
    told = ["", "@@a", "through", "", "@@b", "answer", ""]
    assert [answer.split("\n") for answer in out("true", text, text)[1:]] == [told, told]
    assert calls.read_text() == "called\n"
    alone = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    assert alone.stdout.split("\n") == told
    assert calls.read_text() == "called\n" * 3
