"""The shell text of every fact: valid POSIX sh, harmless, and never a failure."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kestra_provision.facts.script import first, script, section, split
from kestra_provision.preflight.looks import looks
from kestra_provision.profiles.tools import Tools
from tests.operations.fact_commands import DECLARED, FACTS, SCRIPTS, output, run


def texts(command: str, shell: str = "sh") -> Iterator[tuple[str, str]]:
    """The command and every script it hands to a shell, however deep, each with its shell.

    What bash gets is not taken apart: its comments and here-strings are no words.
    """
    yield shell, command
    if shell == "bash":
        return
    words = shlex.split(command)
    for name, before, word in zip(words, words[1:], words[2:], strict=False):
        if before == "-c":
            yield from texts(word, "bash" if name in ("bash", "--norc") else "sh")


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with a shell and next to nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "id", "dirname"):
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    return str(folder)


@pytest.mark.parametrize("name", FACTS)
def test_command_is_valid_shell(name: str) -> None:
    for shell, text in texts(FACTS[name][1]):
        checked = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_scripts_inside_scripts_are_checked_too() -> None:
    assert len(list(texts(FACTS["Survey"][1]))) >= 3
    assert len(list(texts(FACTS["Daemon"][1]))) >= 2


@pytest.mark.parametrize("name", FACTS)
def test_command_succeeds_on_this_machine(name: str) -> None:
    fact, command = FACTS[name]
    result = run(command)
    assert (result.returncode, result.stderr) == (0, "")
    fact.process(result.stdout.splitlines())


@pytest.mark.parametrize("name", SCRIPTS)
def test_command_succeeds_where_nothing_is_installed(name: str, bare_path: str) -> None:
    fact, command = FACTS[name]
    result = run(command, PATH=bare_path)
    assert result.returncode == 0
    fact.process(result.stdout.splitlines())


@pytest.mark.parametrize("name", FACTS)
def test_no_output_gives_the_default(name: str) -> None:
    fact, _ = FACTS[name]
    assert fact.process([]) == fact.default()


@pytest.mark.parametrize("name", ["Stack", "Health", "Survey", "Images", "Traces"])
def test_environment_of_containers_is_never_asked_for(name: str) -> None:
    """pyinfra prints the output of facts at -vvv, and secrets are in there."""
    command = FACTS[name][1]
    assert "docker" in command
    for leak in (".Env", "{{json .}}", "{{json .Config}}", "{{.Config}}", "printenv"):
        assert leak not in command


def test_what_is_asked_once_is_asked_alike_by_all() -> None:
    """Whoever comes first asks for all who call it by the same name."""
    bodies: dict[str, set[str]] = {}
    for look in looks(Tools(), DECLARED):
        text = look.text
        while (flat := text.replace("'\"'\"'", "'")) != text:  # quotes within quotes
            text = flat
        for name, body in re.findall(r"^(docker_\w+)\(\) \{\n(.*?)\n\}\n", text, re.S | re.M):
            bodies.setdefault(name, set()).add(body)
    assert {"docker_info", "docker_inspected", "docker_images"} <= {*bodies}
    assert {name: len(found) for name, found in bodies.items()} == dict.fromkeys(bodies, 1)


def test_sections_stay_apart_when_output_has_no_line_break() -> None:
    command = script(section("a", "printf one"), section("b", "printf ''"), section("c", "echo 2"))
    seen = split(output(command))
    assert [first(seen.get(name)) for name in "abc"] == ["one", "", "2"]


def test_failing_section_is_empty_and_silent() -> None:
    command = script(section("a", "no-such-program-at-all"), section("b", "echo here"))
    result = run(command)
    assert (result.returncode, result.stderr) == (0, "")
    assert split(result.stdout.splitlines()) == {"a": [], "b": ["here"]}
