"""Every recorded call, replayed in order: against the stand-in, or a real server if one is named.

A real server is named by KESTRA_REPLAY_URL, KESTRA_REPLAY_MANAGEMENT_URL, KESTRA_REPLAY_USER and
KESTRA_REPLAY_PASSWORD; its database should be empty.
"""

import json

import pytest

from tests.contract.client import Replayer, Server
from tests.contract.recording import Call, load
from tests.contract.replay import Actual, compare
from tests.contract.stack import Stack

CALLS = load()
# Only the calls that newer versions answer alike, one prefix apart. Unrecorded: what is expected
# of them follows Kestra's public source and documentation.
NEWER_CALLS = [
    call
    for call in CALLS
    if call.number >= 46 and call.auth == "good" and not call.what.startswith("webhook")
]


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, real_server: Server | None) -> dict[int, Actual]:
    """Replay everything once against a 0.20 server."""
    if real_server is not None:
        if real_server.version()[:2] != (0, 20):
            pytest.skip("the recording is of 0.20, the named server is not")
        return Replayer(real_server).replay(CALLS)
    stack: Stack = request.getfixturevalue("stack")
    return Replayer(stack.healthy("v0.20.7").server()).replay(CALLS)


@pytest.fixture(scope="module")
def newer_answers(request: pytest.FixtureRequest, real_server: Server | None) -> dict[int, Actual]:
    """Replay the part that newer versions share, below their prefix."""
    if real_server is not None:
        if real_server.version() < (1, 0):
            pytest.skip("the named server is older than 1.0")
        return Replayer(real_server, "/api/v1/main").replay(NEWER_CALLS)
    stack: Stack = request.getfixturevalue("stack")
    server = stack.healthy("v1.3.39").server()
    return Replayer(server, "/api/v1/main").replay(NEWER_CALLS)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_recorded(call: Call, answers: dict[int, Actual]) -> None:
    assert compare(call, answers[call.number]) == []


@pytest.mark.parametrize("call", NEWER_CALLS, ids=lambda call: call.name)
def test_unrecorded_newer_version(call: Call, newer_answers: dict[int, Actual]) -> None:
    assert compare(call, newer_answers[call.number], exact=False) == []


def test_revisions_move_as_recorded(answers: dict[int, Actual]) -> None:
    """Revisions count up by the same steps, wherever they start."""
    steps = [c for c in CALLS if c.what in {"create", "update same", "update changed"}]
    recorded = [json.loads(call.body)["revision"] for call in steps]
    given = [json.loads(answers[call.number].body)["revision"] for call in steps]
    assert [x - given[0] for x in given] == [x - recorded[0] for x in recorded]


def test_the_words_are_the_recorded_ones(answers: dict[int, Actual]) -> None:
    """Messages people and programs search for."""
    for what in ("create again", "execute missing flow", "webhook wrong key", "kv get missing"):
        call = next(call for call in CALLS if call.what == what)
        given = json.loads(answers[call.number].body)["message"]
        assert given == json.loads(call.body)["message"]


def test_the_flow_really_ran(answers: dict[int, Actual]) -> None:
    """The execution ends well and its log has the rendered input."""
    end = next(call for call in CALLS if call.what == "execution at its end")
    assert json.loads(answers[end.number].body)["state"]["current"] == "SUCCESS"
    logs = next(call for call in CALLS if call.what == "execution logs")
    assert [x["message"] for x in json.loads(answers[logs.number].body)] == ["hello recorder"]
