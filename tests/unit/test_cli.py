"""What holds for every command, and shell completion."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kestra_provision.cli import main

PROGRAM = Path(sys.executable).with_name("kestra-provision")


@pytest.mark.parametrize("name", sorted(main.commands))
def test_help_tells_what_it_does_with_an_example(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"])
    assert done.exit_code == 0
    _, example = done.output.split("Example:", 1)
    assert f"kestra-provision {name}" in example
    options = [p for p in main.commands[name].params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_list_of_commands_cuts_nothing_off() -> None:
    done = CliRunner().invoke(main, ["--help"], terminal_width=80)
    assert "..." not in done.output.split("Look:", 1)[1]
    assert {"Look:", "Change:", "Recover:"} <= set(done.output.splitlines())
    listed = [line.split()[0] for line in done.output.splitlines() if line.startswith("  ")]
    assert sorted(main.commands) == sorted(set(listed) & set(main.commands))


def test_unknown_command_names_the_nearest() -> None:
    done = CliRunner().invoke(main, ["credentails"])
    assert done.exit_code == 1
    assert "Did you mean credentials?" in done.output


def test_unknown_option_names_the_nearest() -> None:
    done = CliRunner().invoke(main, ["config", "--limt", "x"])
    assert done.exit_code == 1
    assert "--limit" in done.output


@pytest.mark.parametrize(
    "line",
    [
        ["--nonsense"],
        ["drift", "--limt", "x"],
        ["drift", "a", "b"],
        ["doctor", "a", "--limit", "b"],
        ["logs", "a", "b"],
    ],
)
def test_line_that_is_not_understood_is_no_drift(line: list[str]) -> None:
    """Of drift and doctor 2 is an answer."""
    assert CliRunner().invoke(main, line).exit_code == 1


@pytest.mark.parametrize("why", ["", " \n"])
def test_lock_says_why(why: str) -> None:
    done = CliRunner().invoke(main, ["lock", "vps1", "--reason", why])
    assert done.exit_code == 1
    assert "--reason" in done.output
    assert "say why" in done.output


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_calls_this_program(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert "_KESTRA_PROVISION_COMPLETE" in done.output
    assert "kestra-provision" in done.output


def complete(directory: Path, words: str) -> tuple[list[str], str]:
    """What the shell is told for the last of these words, and what would spoil its line."""
    done = subprocess.run(
        [PROGRAM],
        cwd=directory,
        env={
            **os.environ,
            "_KESTRA_PROVISION_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        },
        capture_output=True,
        text=True,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line], done.stderr


def test_hosts_are_completed_from_the_inventory(tmp_path: Path) -> None:
    for folder, hosts in (("inventory", ["web1", "web2", "db"]), ("other", ["west"])):
        (tmp_path / folder).mkdir()
        # A setting that a deploy would refuse does not matter here.
        text = f"hosts = {[(name, {'http_port': 0}) for name in hosts]!r}\n"
        (tmp_path / folder / "servers.py").write_text(text)
    for command in ("config", "open", "credentials"):
        assert complete(tmp_path, f"kestra-provision {command} we") == (["web1", "web2"], "")
    assert complete(tmp_path, "kestra-provision open --inventory other w") == (["west"], "")


def test_completion_says_nothing_without_an_inventory(tmp_path: Path) -> None:
    assert complete(tmp_path, "kestra-provision open w") == ([], "")


@pytest.mark.parametrize("command", ["drift", "status"])
def test_host_that_is_not_reached_is_told_once_with_what_helps(
    command: str, tmp_path: Path
) -> None:
    data = {"ssh_hostname": "127.0.0.1", "ssh_port": 1, "ssh_known_hosts_file": "known"}
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "gone.py").write_text(f"hosts = [('gone', {data!r})]\n")
    done = subprocess.run([PROGRAM, command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.count("Could not connect") == 1
    assert "is the server up" in done.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["plan", "--out", "-"], "--json prints it instead"),
        (["drift", "--html", "-"], "--json prints it instead"),
        (["plan", "--out", "no/such/x"], "there is no folder no/such"),
        (["drift", "--html", "no/such/x"], "there is no folder no/such"),
        (["plan", "-q", "-v"], "-v and -q say opposite things; give one of them"),
        (["drift", "-vvq"], "-v and -q say opposite things; give one of them"),
        (["restart", "--verbose", "--quiet"], "-v and -q say opposite things; give one of them"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_would_do_something_else_than_it_looks_like(
    line: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 1
    assert said in done.output
    assert [*tmp_path.iterdir()] == []
