"""Executions under way: asked of every version, and waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kestra_provision.kestra import executions
from kestra_provision.kestra.executions import Execution, UnderWay, drain, under_way
from kestra_provision.profiles.tools import Tools
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile
from tests.operations.fake_host import FakeHost

ENV = HostEnv(EnvFile.parse(f"{passwords.BASIC_AUTH}=Obviously-fake-1\n"), "600 0 0")
RUNNING = {
    "id": "abc",
    "namespace": "team",
    "flowId": "flow",
    "state": {"current": "RUNNING", "startDate": "2026-01-02T03:04:05.123Z"},
}


def answered(
    monkeypatch: pytest.MonkeyPatch, version: str, *found: dict[str, Any], filters: bool = True
) -> tuple[UnderWay, list[str]]:
    asked: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"]
        if request.url.path == "/api/v1/configs":
            return httpx.Response(200, json={"version": version})
        asked.append(str(request.url.copy_with(host="h", port=None)))
        state = next(iter(v for k, v in request.url.params.items() if "state" in k))
        fits = [f for f in found if not filters or f["state"]["current"] == state]
        return httpx.Response(200, json={"results": fits, "total": len(fits)})

    def client(*_: Any, **__: Any) -> httpx.Client:
        return httpx.Client(base_url="http://h", transport=httpx.MockTransport(reply))

    monkeypatch.setattr(executions, "http_client", client)
    return under_way(FakeHost().as_host, Tools(), ENV), asked


@pytest.mark.parametrize(
    ("version", "question"),
    [
        ("1.3.39", "/api/v1/main/executions/search?filters%5Bstate%5D%5BEQUALS%5D=RUNNING"),
        ("2.0.5", "/api/v1/main/executions/search?filters%5Bstate%5D%5BEQUALS%5D=RUNNING"),
        ("0.20.7", "/api/v1/executions/search?state=RUNNING"),
    ],
)
def test_asked_as_the_version_wants_it(
    monkeypatch: pytest.MonkeyPatch, version: str, question: str
) -> None:
    seen, asked = answered(monkeypatch, version, RUNNING)
    assert any(question in each for each in asked)
    assert len(asked) == len(executions.UNDER_WAY)
    assert seen == UnderWay(1, (Execution("abc", "team.flow", "RUNNING", "2026-01-02 03:04:05"),))


def test_server_that_does_not_know_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = {**RUNNING, "id": "old", "state": {"current": "SUCCESS", "startDate": "2026"}}
    seen, _ = answered(monkeypatch, "1.3.39", RUNNING, ended, filters=False)
    assert (seen.total, [e.id for e in seen.listed]) == (1, ["abc"])


def test_one_that_goes_on_between_two_questions_counts_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    created = {**RUNNING, "state": {"current": "CREATED", "startDate": "2026"}}
    seen, _ = answered(monkeypatch, "1.3.39", created, RUNNING)
    assert (seen.total, [e.state for e in seen.listed]) == (1, ["RUNNING"])


def looks(*numbers: int) -> Iterator[UnderWay]:
    for number in numbers:
        one = Execution("abc", "team.flow", "RUNNING", "2026")
        yield UnderWay(number, (one,) * number)


def test_waits_for_the_last_one_and_says_when_the_number_changes() -> None:
    said: list[str] = []
    seen = looks(2, 2, 1, 0)
    left = drain(lambda: next(seen), 60, said.append, pause=lambda _: None)
    assert left.total == 0
    assert [line.partition(" to end")[0] for line in said] == [
        "waiting for 2 executions",
        "waiting for 1 execution",
    ]


def test_does_not_wait_without_time() -> None:
    said: list[str] = []
    assert drain(lambda: next(looks(1)), 0, said.append).total == 1
    assert said == []
