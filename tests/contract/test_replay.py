"""Every recorded call, replayed in order: against the stand-in, or a real server if one is named.

A real server is named by KESTRA_REPLAY_URL, KESTRA_REPLAY_MANAGEMENT_URL, KESTRA_REPLAY_USER and
KESTRA_REPLAY_PASSWORD; its database should be empty.
"""

import json
from dataclasses import dataclass

import pytest

from tests.contract.changes import changed
from tests.contract.client import Replayer, Server
from tests.contract.recording import Call, load
from tests.contract.replay import Actual, compare
from tests.contract.stack import Stack

OLD, ONE = load("kestra-0.20"), load("kestra-1.3")
#: The worker of a killed task writes down its end, with its outputs, a moment before the look that
#: was recorded, or after it.
ITS_END = "taskRunList[].outputs: object instead of null"
#: What is Kestra's own text of some parser, and no program's to read.
PARSERS = ("validate not YAML", "validate empty", "management")


@dataclass(frozen=True)
class Replayed:
    """What one server was expected to answer, and what it did."""

    expected: dict[int, Call]
    answers: dict[int, Actual]

    def body(self, what: str) -> str:
        """Return the answer to the first call of that name."""
        number = next(call.number for call in self.expected.values() if call.what == what)
        return self.answers[number].body

    def recorded(self, what: str) -> str:
        """Return what was recorded for it."""
        return next(call.body for call in self.expected.values() if call.what == what)


@pytest.fixture(scope="module")
def old(request: pytest.FixtureRequest, real_server: Server | None) -> Replayed:
    """Replay everything once against a 0.20 server."""
    if real_server is not None:
        if real_server.version()[:2] != (0, 20):
            pytest.skip("the recording is of 0.20, the named server is not")
        server = real_server
    else:
        stack: Stack = request.getfixturevalue("stack")
        server = stack.healthy("v0.20.7").server()
    answers = Replayer(server).replay(OLD.calls)
    return Replayed({call.number: call for call in OLD.calls}, answers)


@pytest.fixture(scope="module")
def one(request: pytest.FixtureRequest, real_server: Server | None) -> Replayed:
    """Replay everything once against the version that is deployed by default."""
    if real_server is not None:
        if real_server.version() < (1, 0):
            pytest.skip("the recording is of 1.3, the named server is older than 1.0")
        server = real_server
    else:
        stack: Stack = request.getfixturevalue("stack")
        works = stack.configuration(stack.new_database())
        works = changed(works, "kestra.url", "http://localhost:8080/")
        server = stack.run(works).wait_until_healthy().server()
    calls = ONE.of(server.version())
    return Replayed({call.number: call for call in calls}, Replayer(server).replay(calls))


@pytest.mark.parametrize("call", OLD.calls, ids=lambda call: call.name)
def test_recorded_of_0_20(call: Call, old: Replayed) -> None:
    assert compare(old.expected[call.number], old.answers[call.number]) == []


@pytest.mark.parametrize("call", ONE.calls, ids=lambda call: call.name)
def test_recorded_of_1_3(call: Call, one: Replayed) -> None:
    late = call.what == "after the kill"
    found = compare(one.expected[call.number], one.answers[call.number], exact=not late)
    assert [each for each in found if not (late and each == ITS_END)] == []


@pytest.mark.parametrize("line", ["old", "one"])
def test_revisions_move_as_recorded(line: str, request: pytest.FixtureRequest) -> None:
    """Revisions count up by the same steps, wherever they start."""
    replayed: Replayed = request.getfixturevalue(line)
    steps = ("create", "update same", "update changed")
    recorded = [json.loads(replayed.recorded(what))["revision"] for what in steps]
    given = [json.loads(replayed.body(what))["revision"] for what in steps]
    assert [x - given[0] for x in given] == [x - recorded[0] for x in recorded]


def test_every_way_of_writing_a_flow_counts_as_recorded(one: Replayed) -> None:
    """Comments, ends of lines, namespaces as a whole, switching off: each has its revision."""
    seen = 0
    for number, call in one.expected.items():
        if call.what.startswith("execut") or '"revision":' not in call.body[:300]:
            continue
        text = one.answers[number].body
        assert _revision(text) == _revision(call.body), call.name
        seen += 1
    assert seen > 20


@pytest.mark.parametrize("what", ["create again", "execute missing flow", "webhook wrong key"])
def test_the_words_of_0_20(what: str, old: Replayed) -> None:
    """Messages people and programs search for."""
    recorded = json.loads(old.recorded(what))["message"]
    assert json.loads(old.body(what))["message"] == recorded


def test_the_words_of_1_3(one: Replayed) -> None:
    """What is refused is refused in the same words, and validation finds the same."""
    seen = 0
    for number, call in one.expected.items():
        if call.what in PARSERS or call.content_type != "application/json":
            continue
        recorded = _words(call.body)
        if recorded:
            assert _words(one.answers[number].body) == recorded, call.name
            seen += 1
    assert seen > 40


@pytest.mark.parametrize("line", ["old", "one"])
def test_the_flow_really_ran(line: str, request: pytest.FixtureRequest) -> None:
    """The execution ends well and its log has the rendered input."""
    replayed: Replayed = request.getfixturevalue(line)
    assert json.loads(replayed.body("execution at its end"))["state"]["current"] == "SUCCESS"
    messages = [entry["message"] for entry in json.loads(replayed.body("execution logs"))]
    assert messages == ["hello recorder"]


def _revision(body: str) -> str:
    return body.partition('"revision":')[2].partition(",")[0].strip(" }]")


def _words(body: str) -> list[str]:
    """Return the messages of an answer that refuses something, without its identifiers."""
    try:
        answer = json.loads(body)
    except ValueError:
        return []
    if isinstance(answer, list):
        return [entry["constraints"] for entry in answer if "constraints" in entry]
    if not isinstance(answer, dict) or "message" not in answer:
        return []
    return [answer["message"]]
