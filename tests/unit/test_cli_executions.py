"""run and executions: what they print, and what their exit codes say."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from kestra_provision.cli import asking, main
from kestra_provision.flows import tree
from kestra_provision.flows.tree import Tree
from kestra_provision.kestra import access, client, following
from kestra_provision.kestra.access import Access
from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.execution import STATES, read
from kestra_provision.profiles.tools import Tools
from kestra_provision.run import hosts
from tests.operations.fake_host import FakeHost
from tests.operations.kestra_server import Server, execution, line

SETTINGS = Tools()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs a command against a Kestra of these answers."""
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "servers.py").write_text("hosts = ['vps1']\n")
    monkeypatch.chdir(tmp_path)

    def invoke(
        answers: dict[str, Any], *words: str, lives: bool = True, ours: Tree | None = None
    ) -> Result:
        server, host = Server(answers), FakeHost()
        host.run.hosts[host.name].flows = ours or Tree()

        @contextmanager
        def connected(*_: object) -> Iterator[Any]:
            yield host.as_host, SETTINGS

        @contextmanager
        def kestra(*_: object) -> Iterator[Kestra]:
            yield server.client()

        monkeypatch.setattr(hosts, "connected", connected)
        monkeypatch.setattr(client, "connected", kestra)
        found = Access("running" if lives else "exited", port=8080)
        monkeypatch.setattr(access, "look", lambda *_: found)
        return CliRunner().invoke(main, [*words, "vps1"])

    return invoke


def ending(state: str) -> dict[str, Any]:
    return {
        "POST /executions/team/flow": execution(),
        "GET /executions/abc": execution("abc", state),
        "GET /logs/abc": [[line("hi\x1b[2J"), line("detail", "DEBUG")]],
    }


@pytest.mark.parametrize(
    ("state", "code"), [("SUCCESS", 0), ("WARNING", 2), ("FAILED", 1), ("KILLED", 1)]
)
def test_run_ends_as_the_execution(at: Any, state: str, code: int) -> None:
    done = at(ending(state), "run", "team/flow", "--follow")
    assert done.exit_code == code
    assert done.stdout == "2026-01-02 03:04:05 INFO  say: hi\N{REPLACEMENT CHARACTER}[2J\n"
    assert done.stderr == f"team/flow abc: {state} after 2.5 s\n"


def test_every_state_has_an_exit_code() -> None:
    codes = {state: asking.code_of(read(execution("abc", state))) for state in STATES}
    assert [state for state, code in codes.items() if code == 0] == ["SUCCESS"]
    in_part = ["WARNING", "SKIPPED", "RETRIED", "RESUBMITTED"]
    assert [state for state, code in codes.items() if code == 2] == in_part


def test_run_for_programs(at: Any) -> None:
    done = at(ending("FAILED"), "run", "team/flow", "--follow", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["exit_code"], told["version"], told["host"]) == (1, 1, 1, "vps1")
    assert told["execution"] == {
        "id": "abc",
        "namespace": "team",
        "flow": "flow",
        "revision": 2,
        "state": "FAILED",
        "started": "2026-01-02T03:04:05.123456789Z",
        "ended": "2026-01-02T03:04:07.623456789Z",
        "seconds": 2.5,
    }
    assert [each["message"] for each in told["log"]] == ["hi\x1b[2J"]
    assert done.stderr == ""


def test_run_without_following(at: Any) -> None:
    done = at(ending("SUCCESS"), "run", "team/flow")
    assert (done.exit_code, done.stdout) == (0, "team/flow abc: CREATED\n")
    assert "kestra-provision executions follow abc vps1" in done.stderr
    told = json.loads(at(ending("SUCCESS"), "run", "team/flow", "--json").stdout)
    assert (told["exit_code"], told["execution"]["state"]) == (0, "CREATED")


def test_run_of_what_is_only_in_the_repository(at: Any, tmp_path: Path) -> None:
    file = tmp_path / "flows" / "team" / "new.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("id: new\nnamespace: team\n")
    ours = tree.of(["flows"], tmp_path)
    done = at({"GET /flows/search": {"results": []}}, "run", "team/new", ours=ours)
    assert done.exit_code == 1
    apply = "kestra-provision flows apply vps1\n"
    said = f"there is no flow team/new yet; flows/team/new.yaml has it: {apply}"
    assert done.stderr.endswith(said)


def test_a_server_that_does_not_come_back(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_SILENCE", 0)
    gone = httpx.ConnectError("connection refused")
    done = at({**ending("SUCCESS"), "GET /executions/abc": gone}, "run", "team/flow", "-f")
    assert done.exit_code == 1
    said = "vps1: connection refused; team/flow abc may run on; go on with: "
    assert f"{said}kestra-provision executions follow abc vps1\n" in done.stderr


def test_time_is_up(at: Any) -> None:
    done = at(ending("RUNNING"), "run", "team/flow", "--follow", "--timeout", "0")
    assert done.exit_code == 1
    go_on = "RUNNING, it runs on; go on with: kestra-provision executions follow abc vps1"
    assert go_on in done.stderr


def test_ctrl_c_leaves_it_running(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(request: httpx.Request) -> httpx.Response:
        os.kill(os.getpid(), signal.SIGINT)
        return httpx.Response(200, json=execution("abc", "SUCCESS"))

    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    done = at({**ending("SUCCESS"), "GET /executions/abc": interrupted}, "run", "team/flow", "-f")
    assert codes == [130]
    go_on = "team/flow abc runs on; go on with: kestra-provision executions follow abc vps1"
    assert go_on in done.stderr


@pytest.mark.parametrize(
    ("answers", "words", "said"),
    [
        (
            {"GET /flows/search": {"results": [{"namespace": "team", "id": "flow"}]}},
            ["run", "team/flaw"],
            "vps1: there is no flow team/flaw; did you mean team/flow?",
        ),
        (
            {"GET /executions/search": {"results": [execution("abcdefg")]}},
            ["executions", "logs", "abcdefx"],
            "vps1: there is no execution abcdefx; did you mean abcdefg?",
        ),
        (
            {
                "POST /executions": httpx.Response(
                    422, json={"message": "Invalid entity: Missing required input:must"}
                )
            },
            ["run", "team/flow"],
            "vps1: Invalid entity: Missing required input:must\n",
        ),
        (
            {"GET /flows/team/flow": {"inputs": []}},
            ["run", "team/flow", "--input", "a=1"],
            "the flow takes no input, and a was given",
        ),
        (
            {"POST /executions": httpx.ConnectError("connection refused")},
            ["run", "team/flow"],
            "vps1: connection refused; what helps: kestra-provision doctor vps1",
        ),
        (
            {"POST /executions": httpx.Response(401)},
            ["run", "team/flow"],
            "vps1: Kestra answers 401; what helps: kestra-provision doctor vps1",
        ),
        (
            {"POST /executions": {"strange": True}},
            ["run", "team/flow"],
            "vps1: its answer is none of Kestra's; what helps: kestra-provision doctor vps1",
        ),
        ({}, ["run", "team"], "'team' is no NAMESPACE/FLOW, such as company.team/hello"),
        ({}, ["run", "a/b/c"], "'a/b/c' is no NAMESPACE/FLOW"),
    ],
)
def test_what_goes_wrong(at: Any, answers: dict[str, Any], words: list[str], said: str) -> None:
    done = at(answers, *words)
    assert done.exit_code == 1
    assert said in done.stderr


def test_kestra_does_not_run(at: Any) -> None:
    done = at({}, "run", "team/flow", lives=False)
    assert done.exit_code == 1
    assert "Kestra does not run; what helps: kestra-provision doctor vps1" in done.stderr


def test_logs(at: Any) -> None:
    done = at(ending("RUNNING"), "executions", "logs", "abc", "--level", "debug")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1] == "2026-01-02 03:04:05 DEBUG say: detail"
    told = json.loads(at(ending("RUNNING"), "executions", "logs", "abc", "--json").stdout)
    assert (told["execution"]["state"], len(told["log"])) == ("RUNNING", 1)


def test_follow(at: Any) -> None:
    assert at(ending("WARNING"), "executions", "follow", "abc").exit_code == 2


def test_replay(at: Any) -> None:
    answers = {**ending("FAILED"), "POST /executions/abc/replay": execution("new")}
    done = at(answers, "executions", "replay", "abc")
    assert (done.exit_code, done.stdout) == (0, "team/flow new: CREATED\n")
    done = at(answers, "executions", "replay", "abc", "--from", "nope")
    assert (done.exit_code, "no run of a task nope in abc" in done.stderr) == (1, True)


def test_kill(at: Any) -> None:
    running, killed = execution("abc", "RUNNING"), execution("abc", "KILLED")
    answers = {**ending(""), "DELETE /executions/abc/kill": httpx.Response(202)}
    done = at({**answers, "GET /executions/abc": [running, killed]}, "executions", "kill", "abc")
    assert (done.exit_code, done.stdout) == (0, "team/flow abc: KILLED\n")
    over = {"GET /executions/abc": execution("abc", "SUCCESS")}
    done = at(over, "executions", "kill", "abc", "--json")
    assert json.loads(done.stdout)["execution"]["state"] == "SUCCESS"
