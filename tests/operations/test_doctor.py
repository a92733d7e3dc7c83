"""The doctor's questions to a host: which are asked, which are spared, and no secret in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pyinfra.api.config import Config
from pyinfra.context import ctx_config

from kestra_provision.doctor import looking
from kestra_provision.doctor.check import run
from kestra_provision.doctor.evidence import CLOSED, HANGS, Evidence
from kestra_provision.doctor.table import CHECKS
from kestra_provision.facts.condition import Condition
from kestra_provision.facts.health import Health
from kestra_provision.facts.images import Images
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.survey import HostSurvey, SeenContainer, Survey
from kestra_provision.facts.traces import Traces
from kestra_provision.health import checks
from kestra_provision.settings import passwords
from tests.operations.fake_host import Answer, FakeHost
from tests.unit.doctor_evidence import HEALTHY

PASSWORD = "Obviously-fake-9"
ENV = "600 0 0\n" + "".join(f"{name}={PASSWORD}\n" for name in passwords.NAMES) + "."
FACTS: dict[type, Any] = {
    Survey: HEALTHY.survey,
    Traces: HEALTHY.traces,
    Health: HEALTHY.health,
    Condition: HEALTHY.condition,
    Images: HEALTHY.images,
    Paths: HEALTHY.paths,
}
Handler = Callable[[httpx.Request], httpx.Response]


def good(request: httpx.Request) -> httpx.Response:
    """Kestra, which knows its password."""
    if request.url.path == "/health":
        return httpx.Response(200, text='{"status":"UP"}')
    ours = httpx.BasicAuth("admin@kestra.local", PASSWORD)._auth_header
    known = request.headers.get("Authorization") == ours
    return httpx.Response(200 if known or request.url.path == "/ping" else 401)


def look(
    monkeypatch: pytest.MonkeyPatch,
    handler: Handler = good,
    answers: dict[str, Answer] | None = None,
    **facts: Any,
) -> tuple[Evidence, FakeHost]:
    """+ facts: by the name of their class"""

    def client(host: object, port: int, *rest: Any, **more: Any) -> httpx.Client:
        transport = httpx.MockTransport(handler)
        return httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport)

    monkeypatch.setattr(looking, "http_client", client)
    monkeypatch.setattr(checks, "http_client", client)
    named = {fact: facts.get(fact.__name__, seen) for fact, seen in FACTS.items()}
    host = FakeHost(named, {"stat -c": (True, ENV, ""), "psql": (True, "1", ""), **(answers or {})})
    with ctx_config.use(Config()):
        return looking.look_at(host.as_host), host


def test_host_in_good_order(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, host = look(monkeypatch)
    assert (seen.ui.word, seen.management.word) == ("200", "200")
    assert [check.ok for check in seen.api] == [True, True, True]
    assert seen.login is not None
    assert seen.login.ok
    assert seen.lock is None
    # With the fact that tells whether sudo is needed: eight channels.
    assert len(host.asked) + len(host.ran) == 8
    assert PASSWORD not in host.said


def test_user_without_sudo_is_asked_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, host = look(monkeypatch, Survey=HostSurvey(privilege="none", user="bob"))
    assert [fact for fact, _ in host.asked] == [Survey]
    assert host.ran == []
    assert seen.survey.user == "bob"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (httpx.ConnectError("connection refused"), CLOSED),
        (httpx.RemoteProtocolError("cut off"), CLOSED),
        (httpx.ReadTimeout("no answer within 10 s"), HANGS),
    ],
)
def test_port_without_an_answer(
    monkeypatch: pytest.MonkeyPatch, error: httpx.HTTPError, word: str
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    seen, _ = look(monkeypatch, fail)
    assert (seen.ui.word, seen.management.word, seen.api) == (word, word, ())


def test_stopped_containers_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = replace(HEALTHY.health.kestra, status="exited")
    down = replace(HEALTHY.health, kestra=stopped, postgres=stopped, accepting=False)
    seen, host = look(monkeypatch, Health=down)
    assert (seen.ui.word, seen.management.word, seen.login) == ("", "", None)
    assert not any("psql" in command.get_raw_value() for command, _ in host.ran)


def test_strangers_with_our_names_are_told_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("tools-kestra", "tools-kestra-postgres")
    strangers = tuple(SeenContainer(name, False, "", "nginx:1", "Up", "") for name in names)
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return good(request)

    survey = replace(HEALTHY.survey, containers=strangers)
    seen, host = look(monkeypatch, handler, Survey=survey)
    assert (asked, seen.api, seen.login) == ([], (), None)
    assert not any("psql" in command.get_raw_value() for command, _ in host.ran)
    checked = {check.name: check for check in run(CHECKS, seen)}
    assert checked["fit"].result == "finding"
    assert checked["Kestra"].finding == "tools-kestra is not ours; see the check `fit`"
    assert checked["Kestra's ports"].finding == "not asked, because of Kestra"


def test_secret_that_health_shows_is_struck_out(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, _ = look(monkeypatch, lambda request: httpx.Response(503, text=f"jdbc {PASSWORD}"))
    assert (seen.management.word, seen.management.text) == ("503", "jdbc *****")


def test_env_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"600 0 0\n{PASSWORD} is no setting\n."
    seen, _ = look(monkeypatch, answers={"stat -c": (True, text, "")})
    assert "line 1" in seen.env_error
    assert PASSWORD not in seen.env_error
    assert seen.login is None


def test_lock_is_asked_for_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question makes the folder of locks, and the doctor leaves no trace."""
    said = (True, "stale\nKIND=run\nWHO=alice@laptop\nWHY=deploy\n", "")
    seen, _ = look(
        monkeypatch,
        answers={"flock": said},
        Traces=replace(HEALTHY.traces, locked=True),
    )
    assert seen.lock is not None
    assert (seen.lock[0], seen.lock[1].who) == ("stale", "alice@laptop")
    _, without = look(monkeypatch, answers={"flock": said})
    assert not any("flock" in command.get_raw_value() for command, _ in without.ran)
