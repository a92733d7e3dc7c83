"""Secrets of flows that the operator gives: where each comes from, and what is refused."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from kestra_provision.flows import tree
from kestra_provision.flows.tree import Tree
from kestra_provision.profiles import SETTINGS
from kestra_provision.profiles.tools import Tools
from kestra_provision.run import flow_secrets
from kestra_provision.run.flow_secrets import CommandError, Found, gathered, told
from kestra_provision.settings import SettingsError, load
from kestra_provision.settings.environment import env_file, written
from kestra_provision.settings.flow_secrets import LONGEST, Given, encoded, given, put, refusal
from kestra_provision.settings.shown import recorded
from kestra_provision.settings.shown import told as shown

CANARY = "Canary6-in-what-it-prints"


def asking(folder: Path, *names: str) -> Tree:
    """A repository whose only flow asks for these."""
    namespace = folder / "flows" / "a.b"
    namespace.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"v{n}: \"{{{{ secret('{name}') }}}}\"\n" for n, name in enumerate(names))
    (namespace / "x.yaml").write_text(f"id: x\nnamespace: a.b\n{lines}")
    return tree.of(["flows"], folder)


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def found(
    settings: Tools | None = None, there: Tree | None = None, has: Given | None = None
) -> Found:
    return gathered(settings or Tools(), there or Tree(), has or Given(), {})


def test_what_a_flow_asks_for_and_nobody_gives_is_named_with_its_place(tmp_path: Path) -> None:
    (problem,) = found(there=asking(tmp_path, "TOKEN")).problems
    assert problem.where == f"{tmp_path}/flows/a.b/x.yaml:3"
    assert "secret('TOKEN')" in problem.what
    for way in ("SECRET_TOKEN in .env", "environment", '{"TOKEN": ['):
        assert way in problem.fix


@pytest.mark.parametrize("name", ["MY-TOKEN", "SECRET_TOKEN", "A.B", "GRÖSSE"])
def test_a_name_that_no_variable_can_have_is_for_the_flow_to_change(
    name: str, tmp_path: Path
) -> None:
    (problem,) = found(there=asking(tmp_path, name)).problems
    assert name in problem.what
    assert problem.where.endswith("x.yaml:3")
    assert "there" in problem.fix


def test_the_environment_wins_and_counts_where_somebody_asks(tmp_path: Path) -> None:
    has = Given({"IN_FILE": "file"}, {"IN_FILE": "mine", "ASKED": "mine", "KEY_BASE": "a shell's"})
    seen = found(there=asking(tmp_path, "asked"), has=has)
    assert seen.values == {"ASKED": "mine", "IN_FILE": "mine"}
    assert {*seen.sources.values()} == {"the environment"}
    assert seen.problems == ()


def test_a_command_that_the_environment_spares_is_not_run() -> None:
    settings = Tools(flow_secrets={"A": ["/no/such/program"]})
    assert found(settings, has=Given({}, {"A": "x"})).values == {"A": "x"}


def test_two_places_for_one_are_refused() -> None:
    settings = Tools(flow_secrets={"A": python("print(1)")})
    (problem,) = found(settings, has=Given({"A": "x"}, {})).problems
    assert problem.what.startswith("SECRET_A stands in .env, and flow_secrets")


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("one\n", "one"),
        ("one\n\n", "one\n"),
        ("one", "one"),
        ("one\r\n", "one\r"),
        ("one\ntwo", "one\ntwo"),
        (" ä€ $HOME 'x' \"y\" \n", " ä€ $HOME 'x' \"y\" "),
    ],
)
def test_a_command_gives_what_it_prints_less_one_line_break(printed: str, value: str) -> None:
    text = f"import sys; sys.stdout.buffer.write({printed.encode()!r})"
    assert found(Tools(flow_secrets={"A": python(text)})).values == {"A": value}


def test_no_shell_reads_a_command() -> None:
    text = "import sys; print(sys.argv[1:])"
    assert told([*python(text), "$HOME; x", "*"]) == "['$HOME; x', '*']"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["no-such-program-here", CANARY], "no-such-program-here cannot be run here"),
        (["/etc", CANARY], "/etc cannot be run here"),
        (python(f"print('{CANARY}'); import sys; sys.exit('{CANARY}')"), "ended with 1"),
        (python(f"print('{CANARY}', flush=True); import os; os.kill(os.getpid(), 9)"), "ended"),
        (python(f"import sys; sys.stdout.buffer.write(b'{CANARY}\\xff')"), "no UTF-8"),
        (python("pass"), "has no value"),
        (python(f"print('x' * {LONGEST})"), "too long"),
    ],
)
def test_a_command_that_has_no_value_is_named_by_its_program(words: list[str], why: str) -> None:
    seen = found(Tools(flow_secrets={"TOKEN": words}))
    (problem,) = seen.problems
    assert problem.what.startswith("SECRET_TOKEN ")
    assert why in str(problem)
    assert CANARY not in f"{problem} {seen!r}"
    assert seen.values == {}
    assert seen.untold == {"TOKEN"}


def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_secrets, "TIMEOUT", 0.2)
    # What it starts itself holds its output open.
    lasting = "import subprocess; subprocess.Popen(['sleep', '20']); import time; time.sleep(20)"
    with pytest.raises(CommandError, match="did not end within"):
        told(python(lasting))


def test_each_command_is_run_once_for_all_hosts(tmp_path: Path) -> None:
    file, asked = tmp_path / "runs", dict[tuple[str, ...], str | Exception]()
    count = f"open({str(file)!r}, 'a').write('x'); print(1)"
    failing = f"open({str(file)!r}, 'a').write('y'); raise SystemExit(3)"
    settings = Tools(flow_secrets={"A": python(count), "B": python(count), "C": python(failing)})
    for _ in range(2):
        seen = gathered(settings, Tree(), Given(), asked)
        assert seen.values == {"A": "1", "B": "1"}
        assert len(seen.problems) == 1
    assert file.read_text() == "xy"


def test_all_together_are_no_more_than_a_program_can_have() -> None:
    has = Given({f"S{n}": "x" * 60_000 for n in range(13)}, {})
    (problem,) = found(has=has).problems
    assert "at most" in problem.what


@pytest.mark.parametrize(
    "value", ["grüße €", "a\nb", "$HOME", "'\"`\\", base64.b64encode(b"twice").decode(), " x ", "0"]
)
def test_base64_is_put_on_once(value: str) -> None:
    assert refusal(value) is None
    assert base64.b64decode(encoded(value)).decode() == value


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("SECRET_token=x", "SECRET_TOKEN"),
        ("SECRET_Token=x", "capitals"),
        ("SECRET_=x", "SECRET_NAME"),
        ("SECRET_SECRET_A=x", "SECRET_A"),
        ("SECRET_A=", "no value"),
        ("SECRET_A=''", "no value"),
    ],
)
def test_lines_of_env_that_are_refused(line: str, why: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{line}\n")
    with pytest.raises(SettingsError, match=why):
        given(tmp_path, written(tmp_path))


def test_what_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_B", "b")
    monkeypatch.setenv("SECRET_lower", "no")
    (tmp_path / ".env").write_text("SECRET_A='a $b'\nMY_SECRET_X=1\nSECRETS=1\n")
    has = given(tmp_path, written(tmp_path))
    assert has.file == {"A": "a $b"}
    assert has.environment["B"] == "b"
    assert "lower" not in has.environment
    assert "a $b" not in repr(has)


@pytest.mark.parametrize(
    "value",
    [
        {"A": CANARY},
        {"A": []},
        {"A": [""]},
        {"A": [1, CANARY]},
        {"a": [CANARY]},
        {"SECRET_A": [CANARY]},
        {"A-B": [CANARY]},
        {1: [CANARY]},
        [CANARY],
        CANARY,
    ],
)
def test_settings_that_are_refused_show_no_value(value: object) -> None:
    with pytest.raises(SettingsError) as error:
        load("h", [("group_data/all.py", {"flow_secrets": value})], SETTINGS)
    assert "flow_secrets" in str(error.value)
    assert CANARY not in str(error.value)


def test_commands_are_shown_by_their_program() -> None:
    settings = Tools(flow_secrets={"A": ["op", "read", CANARY], "SLACK_TOKEN": ["pass", CANARY]})
    assert shown("flow_secrets", settings.flow_secrets) == {"A": "op …", "SLACK_TOKEN": "pass …"}
    assert CANARY not in str(recorded(settings))
    other = Tools(flow_secrets={"A": ["op", "read", "other"]})
    assert recorded(other) != recorded(settings)


def test_one_is_put_into_env_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nSECRET_A=old\nB=1\n")
    put(tmp_path, env_file(tmp_path), "A", "new $value")
    put(tmp_path, env_file(tmp_path), "C", "c")
    assert file.read_text() == "# mine\nSECRET_A='new $value'\nB=1\nSECRET_C=c\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize(
    ("name", "value"), [("a", "x"), ("A", ""), ("A", "one\ntwo"), ("A", "it's"), ("A", "${x}")]
)
def test_what_cannot_stand_in_env_changes_nothing(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        put(tmp_path, env_file(tmp_path), name, value)
    assert [*tmp_path.iterdir()] == []
