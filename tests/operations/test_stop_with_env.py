"""The stop runbook goes on with a `.env` that no start would take, and says so before it stops."""

from __future__ import annotations

import pytest
from pyinfra.api.config import Config
from pyinfra.context import ctx_config, ctx_host

from kestra_provision.facts.survey import HostSurvey, Survey
from kestra_provision.profiles.tools import Tools
from tasks.preflight import reached
from tests.operations.fake_host import FakeHost


def said(env: str) -> list[str]:
    answers = {"stat -c": (True, f"600 0 0\n{env}.", "")}
    host = FakeHost(
        {Survey: HostSurvey(privilege="root", user="root", docker_client=True)}, answers
    )
    with ctx_host.use(host), ctx_config.use(Config()):
        reached(Tools())
    return host.logs


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ("A=Str0ng$word9\n", "line 1 (A) holds $"),
        ("B=1\nA='first\nC=Str0ng'\n", "line 2 (A) opens a quote"),
        ("COMPOSE_FILE=Str0ng\n", "COMPOSE_FILE in /opt/kestra/.env change what compose does"),
    ],
)
def test_what_a_start_would_refuse_is_said(env: str, why: str) -> None:
    (line,) = said(env)
    assert line.startswith("start: will be refused before this is mended: ")
    assert why in line
    assert "Str0ng" not in line


def test_nothing_is_said_of_a_good_one() -> None:
    assert said("A='Str0ng$word9'\n") == []
