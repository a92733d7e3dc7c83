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
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.facts.condition import Condition
from kestra_provision.facts.health import Health
from kestra_provision.facts.images import Images
from kestra_provision.facts.network import Networks
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.survey import HostSurvey, SeenContainer, Survey
from kestra_provision.facts.traces import Traces
from kestra_provision.health import api
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings
from tests.health_seen import seen
from tests.operations.fake_host import Answer, FakeHost
from tests.tools_secrets import TOOLS_SECRETS
from tests.unit.doctor_evidence import CHECKS, HEALTHY

PASSWORD = "Obviously-fake-9"
ENV = "600 0 0\n" + "".join(f"{name}={PASSWORD}\n" for name in TOOLS_SECRETS) + "."
FACTS: dict[type, Any] = {
    Survey: HEALTHY.survey,
    Traces: HEALTHY.traces,
    Health: HEALTHY.health,
    Condition: HEALTHY.condition,
    Images: HEALTHY.images,
    Paths: HEALTHY.paths,
    Networks: {},
}
Handler = Callable[[httpx.Request], httpx.Response]


def good(request: httpx.Request) -> httpx.Response:
    """Kestra, which knows its password."""
    ours = httpx.BasicAuth("admin@kestra.local", PASSWORD)._auth_header
    known = request.headers.get("Authorization") == ours
    return httpx.Response(200 if known else 401)


def look(
    monkeypatch: pytest.MonkeyPatch,
    handler: Handler = good,
    answers: dict[str, Answer] | None = None,
    env: Answer = (True, ENV, ""),
    settings: Settings | None = None,
    **facts: Any,
) -> tuple[Evidence, FakeHost]:
    """+ facts: by the name of their class"""

    def client(host: object, port: int, *rest: Any, **more: Any) -> httpx.Client:
        transport = httpx.MockTransport(handler)
        return httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport)

    monkeypatch.setattr(api, "http_client", client)
    named = {fact: facts.get(fact.__name__, told) for fact, told in FACTS.items()}
    # The first match counts, and the lock's script has `stat -c` in it as well.
    host = FakeHost(named, {**(answers or {}), "stat -c": env}, settings=settings)
    with ctx_config.use(Config()):
        return looking.look_at(host.as_host), host


def test_host_in_good_order(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence, host = look(monkeypatch)
    assert [check.ok for check in evidence.api] == [True, True, True, True]
    assert evidence.lock is None
    # With the fact that tells whether sudo is needed: eight channels.
    assert len(host.asked) + len(host.ran) == 8
    assert PASSWORD not in host.said


def test_addresses_of_kestra_are_asked_for_in_the_same_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    env = {
        "BACKEND_URL": "http://me:Obviously-fake-2@backend/path",
        "A_URL": "http://:x/",
        "B": "c",
    }
    _, host = look(monkeypatch, settings=Tools(kestra_env=env))
    (asked,) = [arguments for fact, arguments in host.asked if fact is Traces]
    assert asked["addresses"] == {"BACKEND_URL": ("backend", 80)}
    assert len(host.asked) + len(host.ran) == 8


def test_user_without_sudo_is_asked_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence, host = look(monkeypatch, Survey=HostSurvey(privilege="none", user="bob"))
    assert [fact for fact, _ in host.asked] == [Survey]
    assert host.ran == []
    assert evidence.survey.user == "bob"


def test_kestra_that_does_not_run_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return good(request)

    for word in ("stopped", "ports-closed", "starting", "unhealthy"):
        evidence, _ = look(monkeypatch, handler, Health=seen("kestra", word))
        assert (asked, evidence.api) == ([], ())


def test_strangers_with_our_names_are_told_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return good(request)

    names = ("tools-kestra", "tools-kestra-postgres")
    strangers = tuple(SeenContainer(name, False, "", "nginx:1", "Up", "") for name in names)
    evidence, _ = look(
        monkeypatch,
        handler,
        Survey=replace(HEALTHY.survey, containers=strangers),
        Health=seen("kestra", "stranger", base=seen("postgres", "stranger")),
    )
    assert (asked, evidence.api) == ([], ())
    checked = {check.name: check for check in run(CHECKS, evidence)}
    assert checked["fit"].result == "finding"
    assert checked["Kestra"].finding == "tools-kestra is not ours; see the check `fit`"
    assert checked["Kestra's ports"].finding == "not asked, because of Kestra"


def test_env_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"600 0 0\n{PASSWORD} is no setting\n."
    evidence, _ = look(monkeypatch, env=(True, text, ""))
    assert "line 1" in evidence.env_error
    assert PASSWORD not in evidence.env_error


def test_lock_is_asked_for_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question makes the folder of locks, and the doctor leaves no trace."""
    said = (True, "stale\nKIND=run\nWHO=alice@laptop\nWHY=deploy\n", "")
    evidence, _ = look(
        monkeypatch,
        answers={"flock": said},
        Traces=replace(HEALTHY.traces, locked=True),
    )
    assert evidence.lock is not None
    assert (evidence.lock[0], evidence.lock[1].who) == ("stale", "alice@laptop")
    _, without = look(monkeypatch, answers={"flock": said})
    assert not any("flock" in command.get_raw_value() for command, _ in without.ran)
