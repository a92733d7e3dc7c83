"""What a runbook may be told, and what is refused before connecting."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import click
import pyinfra_cli.cli
import pytest
from click.testing import CliRunner

from kestra_provision import project
from kestra_provision.cli import main
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.run import invocation, options
from kestra_provision.run.options import RUNBOOKS, Restart, Start, Stop
from kestra_provision.run.state import Run
from kestra_provision.runbook.beside import beside
from kestra_provision.runbook.steps import Steps
from kestra_provision.text.next_command import NextCommand
from tests.full import full_settings

DIND = "Script Docker"
STAGES = ("docker", "images", "directories", "secrets", "files", "scripts", "stack", "watch")


def told(given: dict[str, Any], *files: str) -> tuple[Run, list[str]]:
    """The run of `pyinfra hosts FILES --data …`, and what is said against it."""
    with click.Context(click.Command("pyinfra")) as context:
        context.params = {"operations": files, "inventory": "hosts"}
        words = invocation.invocation(given)
    run = Run({}, {}, words.options, NextCommand(words.inventory))
    return run, [f"{p.what}; {p.fix}" for p in words.problems]


def test_options_of_a_runbook_are_no_settings() -> None:
    assert not options.names() & set(Tools.model_fields)
    assert invocation.settings_among({"pull": True, "http_port": 1}) == {"http_port": 1}


def test_typed_as_pyinfra_gives_them() -> None:
    given = {"accept_drift": True, "drain_timeout": 0, "reason": "why", "http_port": 1}
    run, problems = told(given, "runbooks/restart.py")
    assert problems == []
    assert run.options_of("restart") == Restart(accept_drift=True, drain_timeout=0, reason="why")
    assert run.options_of("stop") == Stop()


@pytest.mark.parametrize("reason", ["007", "1e5", "true", "{}", "a=b", "null"])
def test_text_stays_as_it_was_written(reason: str) -> None:
    words = ["--data", f"reason={reason}", "--data", "pull=true"]
    with pyinfra_cli.cli.cli.make_context("pyinfra", ["hosts", "runbooks/restart.py", *words]) as c:
        given = pyinfra_cli.cli._set_override_data(c.params["data"], *[None] * 5)
        read = invocation.invocation(given)
    assert read.problems == []
    assert read.options == {"restart": Restart(pull=True, reason=reason)}


def test_text_that_is_refused_is_no_traceback(
    alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("pyinfra was called"))
    done = CliRunner().invoke(main, ["restart", "vps1", "-y", "--reason", "x" * 501])
    assert done.exit_code == 1
    assert "Invalid value for --reason: String should have at most 500 characters" in done.output


def test_files_of_two_runbooks_in_one_run() -> None:
    given = {"postgres": True, "reason": "both"}
    run, problems = told(given, "runbooks/stop.py", "/installed/runbooks/start.py")
    assert problems == []
    assert run.options_of("stop") == Stop(**given)
    assert run.options_of("start") == Start(reason="both")


@pytest.mark.parametrize(
    ("given", "file", "said"),
    [
        ({"accept_drft": True}, "runbooks/restart.py", "did you mean accept_drift?"),
        ({"pull": "perhaps"}, "runbooks/restart.py", "pull = 'perhaps'"),
        ({"drain_timeout": -1}, "runbooks/stop.py", "drain_timeout = -1"),
        ({"drain_timeout": True}, "runbooks/stop.py", "drain_timeout = True"),
        ({"pull": True}, "runbooks/stop.py", "pull is an option of restart, and not of this run"),
        ({"pull": True}, "deploy.py", "pull is an option of restart, and not of this run"),
        ({"pull": True}, "restart.py", "pull is an option of restart, and not of this run"),
    ],
)
def test_refused(given: dict[str, Any], file: str, said: str) -> None:
    _, (problem,) = told(given, file)
    assert said in problem


def test_misspelt_setting_is_left_to_the_settings() -> None:
    _, problems = told({"htp_port": 1}, "runbooks/restart.py")
    assert problems == []


def test_command_that_goes_on_is_told_the_same() -> None:
    given = {"postgres": True, "reason": "it's time", "drain_timeout": 5}
    run, _ = told(given, "runbooks/restart.py")
    assert run.command("restart", "vps1", "--accept-drift") == (
        "kestra-provision restart vps1 --reason 'it'\"'\"'s time' --postgres "
        "--drain-timeout 5 --accept-drift --inventory hosts"
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            ["restart", "vps1", "--pull", "--reason", "x=y", "-y"],
            "inventory RESTART --limit [v]ps1 -y --data reason=x=y --data pull=true",
        ),
        (
            ["stop", "--limit", "a", "--limit", "b*", "--postgres", "--drain-timeout", "0"],
            "inventory STOP --limit [a] --limit [b]1 --limit [b]2 --data postgres=true "
            "--data drain_timeout=0",
        ),
        (["start", "--inventory", "mine"], "mine START"),
    ],
)
def test_command_line_becomes_pyinfra(
    line: list[str], words: str, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for inventory in ("inventory", "mine"):
        (tmp_path / inventory).mkdir()
        (tmp_path / inventory / "servers.py").write_text("hosts = ['vps1', 'a', 'b1', 'b2']\n")
    became: list[str] = []
    monkeypatch.setattr(os, "execv", lambda _program, given: became.extend(given))
    assert CliRunner().invoke(main, line).exit_code == 0
    runbook = str(project.path(f"runbooks/{line[0]}.py"))
    assert became[1:3] == ["-m", "pyinfra"]
    assert [w.replace(runbook, line[0].upper()) for w in became[3:]] == words.split()


@pytest.mark.parametrize("name", RUNBOOKS)
def test_command_takes_every_option_of_its_runbook(name: str) -> None:
    command: click.Command = main
    for word in RUNBOOKS[name].command or (name,):
        assert isinstance(command, click.Group)
        command = command.commands[word]
    taken = {parameter.name for parameter in command.params}
    assert set(RUNBOOKS[name].model_fields) - {"item"} <= taken


def calls_in(file: str) -> list[tuple[str, ast.Call]]:
    """Calls of plain names."""
    nodes = ast.walk(ast.parse(project.path(file).read_text()))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return [(call.func.id, call) for call in calls if isinstance(call.func, ast.Name)]


def called(file: str) -> list[str]:
    return [name for name, _ in calls_in(file)]


def test_restart_has_every_stage_of_a_deploy_in_its_order() -> None:
    """What a deploy applies a restart must apply, or its drift check would not see it.

    Stages after the gate are beside Kestra, and no matter of a restart.
    """
    deploy = [name for name in called("deploy.py") if (Path("tasks") / f"{name}.py").is_file()]
    deploy = deploy[: deploy.index("health") + 1]
    restart = called("runbooks/restart.py")
    assert {*STAGES} <= {*deploy}
    assert [name for name in restart if name in deploy] == deploy


@pytest.mark.parametrize("name", ["restart", "stop", "start"])
def test_steps_are_numbered_to_their_end(name: str) -> None:
    file = f"runbooks/{name}.py"
    (counter,) = (call for n, call in calls_in(file) if n == "Steps")
    steps, of = called(file).count("step"), counter.keywords[0].value
    if "stop_stack" in called(file):
        # The last of those there stands in a loop over what `beside` lists.
        steps += called("tasks/stopping.py").count("step") - 1
        assert isinstance(of, ast.BinOp)
        assert ast.unparse(of.right) == "len(beside(declared, options))"
        of = of.left
    assert steps == ast.literal_eval(of)


@pytest.mark.parametrize(
    ("profile", "asked", "stopped", "skipped"),
    [
        ("tools", {}, [], [DIND, "PostgreSQL"]),
        ("tools", {"postgres": True}, ["PostgreSQL"], [DIND]),
        ("tools", {"dind": True}, [DIND], ["PostgreSQL"]),
        ("quick", {}, [], [DIND]),
        ("quick", {"postgres": True}, [], [DIND, "PostgreSQL"]),
        ("devorch", {"n8n": True}, ["n8n"], [DIND, "Sidecar API", "PostgreSQL"]),
        ("devorch", {"postgres": True}, ["n8n", "PostgreSQL"], [DIND, "Sidecar API"]),
    ],
)
def test_who_needs_a_service_that_is_stopped_goes_before_it(
    profile: str, asked: dict[str, bool], stopped: list[str], skipped: list[str]
) -> None:
    (settings,) = (each for each in full_settings() if each.profile == profile)
    found = beside(stack_of(settings), Stop(**asked))
    assert [each.title for each in found if not each.skipped] == stopped
    assert [each.title for each in found if each.skipped] == skipped


def test_names_of_steps() -> None:
    step = Steps("restart", of=2)
    assert [step("a"), step("b")] == ["restart | step 1/2: a", "restart | step 2/2: b"]
