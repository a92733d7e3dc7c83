"""The lock's script in a real shell, and what is said of its holder."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kestra_provision.commands import identity, lock
from kestra_provision.commands.lock import Holder
from kestra_provision.text.next_command import NextCommand

PROJECT = "tools-kestra"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lock, "DIRECTORY", str(tmp_path))
    return tmp_path


def run(command: object) -> str:
    done = subprocess.run(["sh", "-c", str(command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def take(holder: Holder, over: str = "") -> tuple[str, Holder]:
    return lock.answer(run(lock.take(PROJECT, holder, local=True, over=over)))


def look() -> tuple[str, Holder]:
    return lock.answer(run(lock.look(PROJECT)))


def rewrite(folder: Path, key: str, value: str) -> None:
    file = folder / f"{PROJECT}.lock" / "holder"
    lines = [line for line in file.read_text().splitlines() if not line.startswith(f"{key}=")]
    file.write_text("\n".join([*lines, f"{key}={value}", ""]))


def test_taken_once(folder: Path) -> None:
    first = Holder.of_this_run("deploy of 'all', \"now\" $HOME")
    assert take(first)[0] == "taken"
    assert take(Holder.of_this_run("restart")) == ("refused", first)
    assert look() == ("live", first)
    run(lock.remove(PROJECT, first.identity))
    assert look()[0] == "free"
    assert take(Holder.of_this_run("restart"))[0] == "taken"


def test_only_one_of_many_gets_it(folder: Path) -> None:
    """Also when all of them find the same dead holder."""
    take(Holder.of_this_run("dead"))
    rewrite(folder, "PID", "999999")
    with ThreadPoolExecutor(8) as pool:
        holders = [Holder.of_this_run(str(number)) for number in range(8)]
        answers = [word for word, _ in pool.map(take, holders)]
    assert sorted(answers) == ["refused"] * 7 + ["replaced"]


@pytest.mark.parametrize(
    ("key", "value"), [("PID", "999999"), ("STARTED", "1"), ("BOOT", "another"), ("PID", "")]
)
def test_dead_run_is_replaced(folder: Path, key: str, value: str) -> None:
    former = Holder.of_this_run("deploy")
    take(former)
    rewrite(folder, key, value)
    assert look() == ("stale", former)
    assert take(Holder.of_this_run("restart")) == ("replaced", former)


def test_lock_without_a_holder_was_being_taken_when_its_run_died(folder: Path) -> None:
    (folder / f"{PROJECT}.lock").mkdir()
    assert look()[0] == "stale"
    assert take(Holder.of_this_run("restart"))[0] == "replaced"


def test_lock_by_hand_outlives_everything(folder: Path) -> None:
    by_hand = Holder.of_this_run("the disk moves", "manual")
    take(by_hand)
    rewrite(folder, "BOOT", "another")
    assert take(Holder.of_this_run("deploy")) == ("refused", by_hand)
    assert not by_hand.ended_here


def test_another_lock_than_the_one_looked_at_stays(folder: Path) -> None:
    take(Holder.of_this_run("deploy"))
    run(lock.remove(PROJECT, "of-another"))
    assert look()[0] == "live"


def test_run_that_is_known_to_be_dead_is_replaced_though_its_connection_lives(
    folder: Path,
) -> None:
    former = Holder.of_this_run("deploy")
    take(former)
    assert take(Holder.of_this_run("deploy"), over=former.identity)[0] == "replaced"


def test_process_of_the_connection_holds_it(folder: Path, tmp_path: Path) -> None:
    """The first ancestor that serves SSH, past shells; without one the outermost."""
    fake = tmp_path / "sshd-fake"
    fake.symlink_to("/bin/sh")
    command = str(lock.take(PROJECT, Holder.of_this_run("deploy"), local=False))
    server = subprocess.Popen(
        [fake, "-c", 'sh -c "$1"; read -r line', "sshd", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    assert server.stdout.readline() == "taken\n"
    while not (text := (folder / f"{PROJECT}.lock" / "holder").read_text()):
        pass
    assert f"PID={server.pid}\n" in text
    assert look()[0] == "live"
    server.communicate("end\n")
    assert look()[0] == "stale"


def test_identity_is_a_word_and_no_command(folder: Path) -> None:
    """The holder's file is the host's own, and its words go back into a script."""
    take(Holder.of_this_run("deploy"))
    nasty = f"a b\"; touch {folder}/ran; $(touch {folder}/ran) '"
    rewrite(folder, "ID", nasty)
    assert take(Holder.of_this_run("deploy"), over=nasty)[0] == "replaced"
    assert not (folder / "ran").exists()


def test_run_of_this_laptop_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Holder.of_this_run("deploy")
    gone = Holder(kind="run", origin=identity.origin(), local_pid=999_999_999)
    assert not mine.ended_here
    assert gone.ended_here
    monkeypatch.setattr(identity, "origin", lambda: "another laptop")
    assert not gone.ended_here


def test_what_the_refused_one_reads() -> None:
    holder = Holder("run", "alice@laptop", "2026-01-02 03:04:05", "restart: kernel")
    said = lock.refusal("vps1", holder, NextCommand())
    assert "under way, alice@laptop since 2026-01-02 03:04:05 UTC: restart: kernel" in said
    assert "kestra-provision unlock vps1 --force" in said
    by_hand = lock.refusal(
        "vps1", Holder("manual", "bob@desk", "", "the disk moves"), NextCommand()
    )
    assert by_hand.startswith("locked by hand, bob@desk: the disk moves; nothing was changed")


def test_reason_of_several_lines_is_one_line() -> None:
    assert Holder.of_this_run("a\nKIND=manual\tb").why == "a KIND=manual b"


def test_answer_of_something_else_is_an_error() -> None:
    with pytest.raises(ValueError, match="sudo"):
        lock.answer("sudo: no tty\n")


def test_local_process_is_the_holder(folder: Path) -> None:
    take(Holder.of_this_run("deploy"))
    assert f"PID={os.getpid()}\n" in (folder / f"{PROJECT}.lock" / "holder").read_text()
