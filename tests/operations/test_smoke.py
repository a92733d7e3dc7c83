"""The smoke test: the canary is put there once, run each time, and says why it did not pass."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from pyinfra.api.command import PyinfraCommand

from kestra_provision.flows.canary import CANARY, source
from kestra_provision.flows.source import Names, names
from kestra_provision.flows.tree import Flow, Tree
from kestra_provision.kestra import access, following
from kestra_provision.kestra.access import Access
from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.flows import Flows
from kestra_provision.operations import smoke
from kestra_provision.profiles.tools import Tools
from kestra_provision.run.failure import Failure
from kestra_provision.text.difference import Difference
from tests.operations.fake_host import FakeHost, call, raw, yielded
from tests.operations.kestra_server import Server, execution, line

PATH = "/flows/system/smoke-test"
THERE = {"id": "smoke-test", "source": source()}
SETTINGS = Tools()
TRACE = "kestra-provision executions logs abc fake --level TRACE"
DOCTOR = "what helps: kestra-provision doctor fake"


@dataclass
class Smoked:
    """A host with a Kestra."""

    answers: dict[str, Any]
    lives: bool = True
    executing: bool = True
    host: FakeHost = field(default_factory=FakeHost)

    def __post_init__(self) -> None:
        self.server = Server(self.answers)
        self.host.state.is_executing = self.executing
        self.host.state.inventory = SimpleNamespace(get_host=lambda name: self.host)

    def asked(self, operation: Any) -> list[PyinfraCommand]:
        return yielded(self.host, operation, settings=SETTINGS)


@pytest.fixture
def smoked(monkeypatch: pytest.MonkeyPatch) -> Any:
    ticks = iter(range(0, 10_000, 10))
    clock = SimpleNamespace(sleep=lambda seconds: None, monotonic=lambda: float(next(ticks)))
    monkeypatch.setattr(following, "time", clock)

    def make(answers: dict[str, Any], **more: Any) -> Smoked:
        made = Smoked(answers, **more)
        state = "running" if made.lives else "exited"
        monkeypatch.setattr(access, "look", lambda *_: Access(state, port=8080))

        @contextmanager
        def asked(*_: object) -> Iterator[Kestra]:
            yield made.server.client()

        monkeypatch.setattr(smoke, "asked", asked)
        return made

    return make


def test_it_is_put_there_once(smoked: Any) -> None:
    missing = httpx.Response(404, json={})
    made = smoked({f"GET {PATH}": [missing, missing, THERE], "POST /flows": THERE})
    (command,) = made.asked(smoke.placed)
    assert call(command, made.host) is True
    (sent,) = [each for each in made.server.asked if each.method == "POST"]
    assert sent.content.decode() == source()
    assert made.asked(smoke.placed) == []
    assert made.host.noops == ["system/smoke-test is there"]


@pytest.mark.parametrize("found", ["id: other", f"{source()}disabled: true\n"])
def test_another_one_is_written_over(smoked: Any, found: str) -> None:
    made = smoked({f"GET {PATH}": {"source": found}, f"PUT {PATH}": THERE})
    (command,) = made.asked(smoke.placed)
    assert made.host.logs == [
        str(Difference("flow system/smoke-test", "as shipped", "another one"))
    ]
    assert call(command, made.host) is True
    assert made.server.lines[-1] == f"PUT {PATH}"


def test_what_became_equal_meanwhile_is_not_written_again(smoked: Any) -> None:
    made = smoked({f"GET {PATH}": [httpx.Response(404, json={}), THERE]})
    (command,) = made.asked(smoke.placed)
    assert call(command, made.host) is True
    assert {line.partition(" ")[0] for line in made.server.lines} == {"GET"}


def test_the_repository_has_one_of_its_own(smoked: Any) -> None:
    made = smoked({})
    flow = Flow(Names(CANARY), "", cast(Any, "smoke-test.yaml"))
    made.host.run.hosts["fake"].flows = Tree((flow,))
    assert made.asked(smoke.placed) == []
    assert made.host.noops == ["system/smoke-test is the repository's own"]
    assert made.server.asked == []


def test_a_plan_for_a_host_without_kestra(smoked: Any) -> None:
    made = smoked({}, lives=False, executing=False)
    assert raw(made.asked(smoke.placed)) == ["_place"]
    assert "Kestra does not run yet" in made.host.logs[0]
    assert made.asked(smoke.passed) == []
    assert made.server.asked == []


def test_a_server_that_refuses_it(smoked: Any) -> None:
    refused = httpx.Response(422, json={"message": "Invalid type: io.kestra.Nope"})
    made = smoked({f"GET {PATH}": httpx.Response(404, json={}), "POST /flows": refused})
    (command,) = made.asked(smoke.placed)
    assert call(command, made.host) is False
    said = f"flow system/smoke-test: Invalid type: io.kestra.Nope; {DOCTOR}"
    assert made.host.logs[-1] == said


def test_it_runs_and_is_no_change(smoked: Any) -> None:
    made = smoked(
        {
            "POST /executions/system/smoke-test": execution(),
            "GET /executions/abc": [execution(), execution("abc", "SUCCESS")],
            "GET /logs/abc": [[line("it \x1b[31mworks")]],
        }
    )
    assert made.asked(smoke.passed) == []
    assert made.host.logs == [
        "INFO say: it \N{REPLACEMENT CHARACTER}[31mworks",
        "team/flow abc: SUCCESS",
    ]


@pytest.mark.parametrize("state", ["FAILED", "WARNING", "KILLED"])
def test_any_other_end_fails(smoked: Any, state: str) -> None:
    lines = [line(f"line {number}", time=f"2026-01-02T03:04:{number:02}Z") for number in range(9)]
    made = smoked(
        {
            "POST /executions/system/smoke-test": execution(),
            "GET /executions/abc": execution("abc", state),
            "GET /logs/abc": [lines],
        }
    )
    (failure,) = made.asked(smoke.passed)
    assert isinstance(failure, Failure)
    assert f"team/flow abc ended as {state}, its log:" in failure.message
    assert "line 8" in failure.message
    assert "line 3" not in failure.message
    assert failure.message.endswith(f"all of it: {TRACE}")


def test_nobody_takes_it_up(smoked: Any) -> None:
    made = smoked(
        {
            "POST /executions/system/smoke-test": execution(),
            "GET /executions/abc": execution(),
            "GET /logs/abc": [[]],
        }
    )
    (failure,) = made.asked(smoke.passed)
    assert isinstance(failure, Failure)
    assert "team/flow abc is still CREATED after 120 s" in failure.message
    assert failure.message.endswith(DOCTOR)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"POST /executions": httpx.ConnectError("connection refused")}, "connection refused"),
        (
            {"POST /executions": httpx.Response(409, json={"message": "Flow is disabled."})},
            "Flow is disabled.",
        ),
        ({"POST /executions": {"no": "execution"}}, "its answer is none of Kestra's"),
        (
            {"GET /flows/search": {"results": []}},
            "there is no flow system/smoke-test",
        ),
    ],
)
def test_it_cannot_be_started(smoked: Any, answers: dict[str, Any], said: str) -> None:
    (failure,) = smoked(answers).asked(smoke.passed)
    assert isinstance(failure, Failure)
    assert said in failure.message
    assert failure.message.endswith(DOCTOR)


def archive(*sources: str) -> httpx.Response:
    """An export."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        for each in sources:
            item = names(each).flow
            written.writestr(f"{item.namespace}-{item.name}.yml", each)
    return httpx.Response(200, content=packed.getvalue())


def test_a_sync_does_not_see_it() -> None:
    one = "id: one\nnamespace: team\n"
    server = Server({"GET /flows/export": archive(source(), one)})
    assert [str(item) for item in Flows(Tree()).live(server.client(), {})] == ["team/one"]
    own = Tree((Flow(names(source()), source(), cast(Any, "smoke-test.yaml")),))
    assert CANARY in Flows(own).live(server.client(), {})
