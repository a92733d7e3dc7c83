"""A runbook on a host where nothing of ours is ends before its first change, and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from pyinfra.api.config import Config
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import ctx_config, ctx_host

from kestra_provision.facts.survey import HostSurvey, SeenContainer, Survey
from kestra_provision.preflight.judge import judge_runbook
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings
from kestra_provision.status.deployed import absence
from tasks.preflight import preflight, reached
from tests.operations.fake_host import FakeHost
from tests.unit.preflight_hosts import BARE, RUNNING

Runbook = Callable[[Settings], object]
STACK = stack_of(Tools())
OLD = SeenContainer("x", False, "", "i:1", "Exited (0)", "")


def refused(survey: HostSurvey, runbook: Runbook, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of the host."""
    host = FakeHost({Survey: survey})
    inventory = SimpleNamespace(get_host=lambda name: host)
    vars(host.state).update(inventory=inventory, failed_hosts=set(), active_hosts={host})
    with ctx_host.use(host), ctx_config.use(Config()), pytest.raises(PyinfraError):
        runbook(Tools())
    assert (host.state.failed_hosts, host.state.active_hosts) == ({host}, set())
    return capsys.readouterr().err


@pytest.mark.parametrize("survey", [BARE, RUNNING], ids=["bare", "Docker alone"])
@pytest.mark.parametrize(
    "runbook",
    [reached, partial(preflight, runbook=True), partial(preflight, writes=False, runbook=True)],
    ids=["stop", "restart", "start"],
)
def test_every_runbook_refuses_it_with_one_reason(
    survey: HostSurvey, runbook: Runbook, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(survey, runbook, capsys)
    assert said.count("where:") == 1
    assert "nothing was deployed here yet" in said
    assert "deploy first: pyinfra inventory deploy.py --limit fake" in said


def test_where_nobody_is_root_that_is_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(HostSurvey(privilege="none", user="alice"), reached, capsys)
    assert "sudo" in said
    assert "deployed" not in said


@pytest.mark.parametrize(
    "survey",
    [
        replace(RUNNING, containers=(replace(OLD, project="tools-kestra"),)),
        replace(RUNNING, containers=(replace(OLD, name="tools-kestra"),)),
        replace(RUNNING, containers=(replace(OLD, ours=True, directory="/opt/kestra"),)),
        replace(RUNNING, volumes=frozenset({"tools-kestra_postgres-data"})),
        replace(RUNNING, env_written="2026-01-02 03:04:05"),
        replace(RUNNING, deployed="tools-kestra"),
        replace(RUNNING, docker=None),
    ],
    ids=["project", "name", "directory", "data", ".env", "compose file", "Docker is silent"],
)
def test_whatever_is_ours_can_be_stopped(survey: HostSurvey) -> None:
    assert judge_runbook(STACK, survey, "deploy") == []


def test_of_others_nothing_counts() -> None:
    others = (replace(OLD, ours=True, project="other", directory="/opt/other"), OLD)
    survey = replace(RUNNING, containers=others, volumes=frozenset({"other_postgres-data"}))
    assert absence(STACK, survey) == "nothing was deployed here yet"


def test_files_of_a_stack_whose_docker_was_removed() -> None:
    (problem,) = judge_runbook(STACK, replace(BARE, deployed="tools-kestra"), "pyinfra x deploy.py")
    assert (problem.what, problem.fix) == (
        "Docker is not installed",
        "deploy first: pyinfra x deploy.py",
    )
