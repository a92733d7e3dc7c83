"""Executions started, killed, run again; and their logs."""

from __future__ import annotations

import re
from contextlib import nullcontext

import httpx
import pytest

from kestra_provision.kestra import executing
from kestra_provision.kestra.executing import UnknownError
from kestra_provision.kestra.execution import Execution, read
from kestra_provision.kestra.history import Wanted
from kestra_provision.kestra.inputs import InputError
from kestra_provision.sync.item import Item
from tests.operations.kestra_server import CREATED, ENDED, Server, execution, line

FLOW = Item("team", "flow")
FLOWS = {"results": [{"namespace": "team", "id": "flow"}, {"namespace": "b", "id": "x"}]}
TASKS = [
    {"id": "r1", "taskId": "load", "state": {}},
    {"id": "r2", "taskId": "load", "state": {}},
    {"id": "r3", "taskId": "save", "state": {}},
]


def test_what_is_read() -> None:
    found = read(execution("abc", "SUCCESS", taskRunList=TASKS))
    tasks = {"load": "r2", "save": "r3"}
    assert found == Execution("abc", FLOW, "SUCCESS", CREATED, ENDED, 2, tasks)
    assert (found.seconds, found.is_over) == (2.5, True)
    assert str(found) == "team/flow abc, SUCCESS since 2026-01-02 03:04:05"


def test_a_paused_one_has_no_end() -> None:
    paused = execution("abc", "PAUSED")
    paused["state"]["endDate"] = ENDED
    found = read(paused)
    assert (found.ended, found.seconds, found.is_over) == ("", None, False)


def test_without_inputs_one_call_is_enough() -> None:
    server = Server({"POST /executions/team/flow": execution()})
    assert executing.start(server.client(), FLOW).id == "abc"
    assert server.lines == ["POST /executions/team/flow"]


def test_inputs_are_a_form() -> None:
    server = Server(
        {
            "GET /flows/team/flow": {"id": "flow", "inputs": [{"id": "who", "type": "STRING"}]},
            "POST /executions/team/flow": execution(),
        }
    )
    executing.start(server.client(), FLOW, ["who=Ada"])
    sent = server.asked[-1]
    assert sent.headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="who"' in sent.content
    assert b"Ada" in sent.content
    with pytest.raises(InputError, match="did you mean who"):
        executing.start(server.client(), FLOW, ["whom=Ada"])


def test_names_are_quoted() -> None:
    server = Server({"POST /executions/a%2F..%2Fb/x%20y": execution()})
    assert executing.start(server.client(), Item("a/../b", "x y")).id == "abc"


@pytest.mark.parametrize("given", [(), ("a=1",)])
def test_an_unknown_flow_has_a_nearest(given: tuple[str, ...]) -> None:
    server = Server({"GET /flows/search": FLOWS})
    with pytest.raises(UnknownError) as caught:
        executing.start(server.client(), Item("team", "flwo"), given)
    assert str(caught.value) == "flow team/flwo; did you mean team/flow?"
    with pytest.raises(UnknownError) as caught:
        executing.start(server.client(), Item("nothing", "alike"), given)
    assert str(caught.value) == "flow nothing/alike"


def test_an_unknown_execution_has_a_nearest() -> None:
    found = {"results": [execution("2GboDY7NEfH1yfPJ0VFvpv")]}
    server = Server({"GET /executions/search": found})
    with pytest.raises(UnknownError) as caught:
        executing.named(server.client(), "2GboDY7NEfH1yfPJ0VFvp")
    said = "execution 2GboDY7NEfH1yfPJ0VFvp; did you mean 2GboDY7NEfH1yfPJ0VFvpv?"
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("version", "call"),
    [
        ("0.20.7", "DELETE /executions/abc/kill"),
        ("1.3.39", "DELETE /executions/abc/kill"),
        ("2.0.5", "POST /executions/abc/actions/kill"),
    ],
)
def test_killed_as_the_version_wants_it(version: str, call: str) -> None:
    server = Server({call: httpx.Response(202)}, version)
    executing.kill(server.client(), read(execution()))
    assert server.lines == [call]


def test_one_that_ended_meanwhile_need_not_be_killed() -> None:
    ended = httpx.Response(409, json={"message": "Illegal state: already terminated"})
    server = Server({"DELETE /executions/abc/kill": ended}, "0.20.7")
    executing.kill(server.client(), read(execution()))
    gone = Server({"DELETE /executions/abc/kill": httpx.Response(500)})
    with pytest.raises(httpx.HTTPStatusError):
        executing.kill(gone.client(), read(execution()))


def test_run_again_from_a_task() -> None:
    old = read(execution("abc", "FAILED", taskRunList=TASKS))
    server = Server({"POST /executions/abc/replay": execution("new")})
    assert executing.replay(server.client(), old).id == "new"
    assert executing.replay(server.client(), old, "load").id == "new"
    assert [str(each.url.query, "ascii") for each in server.asked] == ["", "taskRunId=r2"]
    with pytest.raises(UnknownError, match="did you mean load"):
        executing.replay(server.client(), old, "laod")


def test_a_log_in_the_order_of_time_from_a_level_on() -> None:
    lines = [
        line("last", "ERROR", "2026-01-02T03:04:06Z"),
        line("trace", "TRACE"),
        line("first", "WARN"),
        {"timestamp": CREATED, "level": "INFO", "taskId": None, "message": None},
    ]
    server = Server({"GET /logs/abc": [lines]})
    found = executing.log(server.client(), "abc", "WARN")
    assert [(each.level, each.message) for each in found] == [("WARN", "first"), ("ERROR", "last")]
    assert server.asked[0].url.params["minLevel"] == "WARN"
    assert len(executing.log(server.client(), "abc")) == 4


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(flow=Item("team", "flaw")), "flow team/flaw; did you mean team/flow?"),
        (Wanted(namespace="taem"), "flow in a namespace taem; did you mean team?"),
        (Wanted(namespace="tea"), "flow in a namespace tea; did you mean team?"),
        (Wanted(flow=Item("team", "flow")), ""),
        (Wanted(namespace="team"), ""),
        (Wanted(namespace="company"), ""),
        (Wanted(), ""),
    ],
)
def test_a_filter_that_no_flow_fits_is_a_slip(wanted: Wanted, said: str) -> None:
    found = [{"namespace": "team", "id": "flow"}, {"namespace": "company.a", "id": "b"}]
    answers = {"GET /flows/search": {"results": found}, "GET /flows/team/flow": {"id": "flow"}}
    with pytest.raises(UnknownError, match=re.escape(said)) if said else nullcontext():
        executing.need_flows(Server(answers).client(), wanted)
