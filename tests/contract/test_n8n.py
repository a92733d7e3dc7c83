"""The stand-in for n8n does what a real n8n did when it was recorded.

N8N_REPLAY_IMAGE names an image to be asked instead: a real one passes as well.
"""

import os
from collections.abc import Iterator

import pytest

from tests.contract.n8n_conversation import on_its_own_postgres
from tests.contract.n8n_recording import BAD_STARTS, Conversation, calls, runs, told
from tests.contract.n8n_stack import KEY, PASSWORD, N8n, N8nStack
from tests.contract.recording import Call
from tests.contract.replay import Actual, compare
from tests.contract.stack import DATABASE_PASSWORD, Stack
from tests.vps.images import n8n_image

CALLS = calls()
RUNS = runs()
LOST = "database lost"


@pytest.fixture(scope="module")
def n8n(stack: Stack) -> Iterator[N8nStack]:
    """Return what starts n8n; all it started ends with the module."""
    started = N8nStack(stack, os.environ.get("N8N_REPLAY_IMAGE") or n8n_image())
    yield started
    started.remove()


@pytest.fixture(scope="module")
def talked(n8n: N8nStack) -> tuple[N8n, dict[int, Actual], str]:
    """Replay everything once; return the server, its answers and PostgreSQL, stopped by then."""
    server, postgres = on_its_own_postgres(n8n)
    conversation = Conversation(server)
    answers = {c.number: conversation.send(c) for c in CALLS if c.what != LOST}
    n8n.stack.docker("stop", "--time", "5", postgres)
    server.wait_for("/healthz/readiness", 503)
    answers |= {c.number: conversation.send(c) for c in CALLS if c.what == LOST}
    return server, answers, postgres


@pytest.fixture(scope="module")
def broken(n8n: N8nStack) -> dict[str, N8n]:
    """Start every bad start at once: waiting for them one by one would take long."""
    return {what: start(n8n) for what, start in BAD_STARTS.items()}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_recorded_answer(call: Call, talked: tuple[N8n, dict[int, Actual], str]) -> None:
    assert compare(call, talked[1][call.number]) == []


@pytest.mark.parametrize("call", [c for c in CALLS if c.status >= 400], ids=lambda call: call.name)
def test_refusals_have_the_recorded_words(
    call: Call, talked: tuple[N8n, dict[int, Actual], str]
) -> None:
    assert talked[1][call.number].body.strip() == call.body.strip()


def test_a_lost_database_ends_nothing_and_may_come_back(
    n8n: N8nStack, talked: tuple[N8n, dict[int, Actual], str]
) -> None:
    server, _, postgres = talked
    assert server.state()[0] == "running"
    n8n.stack.docker("start", postgres)
    server.wait_for("/healthz/readiness", 200).wait_for("/rest/settings", 200)
    assert "Database connection recovered" in server.logs()
    n8n.stack.docker("pause", postgres)
    server.wait_for("/healthz/readiness", 503)
    n8n.stack.docker("unpause", postgres)
    server.wait_for("/healthz/readiness", 200)
    assert "Database connection timed out" in server.logs()


@pytest.mark.parametrize("what", BAD_STARTS)
def test_recorded_bad_start(what: str, broken: dict[str, N8n]) -> None:
    recorded, container = RUNS[what], broken[what]
    assert container.wait_for_exit() == recorded.exit_code
    lines = iter(told(container.logs()))
    missing = [line for line in recorded.log if line not in lines]
    assert missing == [], container.logs()
    assert not {KEY, PASSWORD, DATABASE_PASSWORD, "wr0ng-Pw"} & set(container.logs().split())
