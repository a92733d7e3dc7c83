"""Hosts that are refused before anything changes, and those that are not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.docker.archive import Archive
from kestra_provision.docker.compose_deb import Deb
from kestra_provision.facts.storage import Room
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.archive import missing_room
from kestra_provision.preflight.judge import clock_off, earlier_run, judge
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Problem
from tests.unit.preflight_hosts import (
    BARE,
    BOOKWORM,
    OUR_PORTS,
    OURS,
    RUNNING,
    STACK,
    UNFINISHED,
    archive,
    container,
    listening,
)
from tests.unit.preflight_refused import REFUSED

ACCEPTED: dict[str, tuple[dict[str, Any], HostSurvey, Archive | None]] = {
    "bare Debian 13": ({}, BARE, None),
    "bare Debian 12 with a compose plugin of its own": (
        {
            "docker_source": "distro",
            "docker_min_version": "20.10",
            "compose_deb": "compose.deb",
        },
        BOOKWORM,
        None,
    ),
    "Debian 12 with Docker of another origin": (
        {"docker_source": "present"},
        replace(BOOKWORM, docker="29.0", docker_client=True, compose="2.40"),
        None,
    ),
    "Ubuntu 24.04": ({}, replace(BARE, os_id="ubuntu", os_version="24.04"), None),
    "sudo": ({}, replace(BARE, privilege="sudo", user="debian"), None),
    "second run": (
        {},
        replace(RUNNING, listeners=(listening(8080), listening(8081)), containers=(OURS,)),
        None,
    ),
    "Docker of another origin, used as it is": (
        {"docker_source": "present"},
        replace(RUNNING, docker_packages=()),
        None,
    ),
    "exactly the least": ({}, replace(BARE, cpus=2, memory_mb=3600, disk_gb=29.6), None),
    "small host, accepted": (
        {"min_cpus": 1, "min_memory_mb": 900, "min_disk_gb": 9},
        replace(BARE, cpus=1, memory_mb=950, disk_gb=9.8),
        None,
    ),
    "other ports are taken": ({}, replace(BARE, listeners=(listening(22, "0.0.0.0"),)), None),
    "the port is taken on another address": (
        {},
        replace(BARE, listeners=(listening(8080, "10.0.0.5"), listening(8080, "2001:db8::1"))),
        None,
    ),
    "the loopback port is taken, ours binds another address": (
        {"bind_address": "10.0.0.5"},
        replace(BARE, listeners=(listening(8080),)),
        None,
    ),
    "an address with a scope is no clash": (
        {},
        replace(BARE, listeners=(listening(8080, "fe80::1"),)),
        None,
    ),
    "foreign containers by other names": (
        {},
        replace(RUNNING, containers=(container("web", "0.0.0.0:80->80/tcp", ours=False),)),
        None,
    ),
    "archive with both images": ({}, BARE, archive(kestra="amd64", postgres="amd64")),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_host_is_accepted(case: str) -> None:
    given, survey, images = ACCEPTED[case]
    settings = Tools(**given)
    assert judge(settings, stack_of(settings), survey, images) == []


@pytest.mark.parametrize("case", REFUSED)
def test_host_is_refused_with_reason_place_and_way_out(case: str) -> None:
    given, survey, images, (what, where, fix) = REFUSED[case]
    settings = Tools(**given)
    (problem,) = judge(settings, stack_of(settings), survey, images)
    assert what in problem.what
    assert where in problem.where
    assert fix in problem.fix


def test_all_reasons_come_at_once() -> None:
    survey = replace(
        BARE, os_id="fedora", cpus=1, memory_mb=1, disk_gb=1.0, listeners=(listening(8080),)
    )
    assert len(judge(Tools(), STACK, survey, archive())) == 7


def test_an_empty_archive_says_so() -> None:
    found = judge(Tools(), STACK, BARE, archive())
    assert [p.what.rpartition(" ")[2] for p in found] == ["tags", "tags"]


@pytest.mark.parametrize(
    ("ports", "published"),
    [
        ("", set()),
        ("8080/tcp", set()),
        ("0.0.0.0:80->8080/tcp, [::]:80->8080/tcp", {80}),
        (OUR_PORTS, {8080, 8081}),
        ("0.0.0.0:8080-8082->8080-8082/tcp", {8080, 8081, 8082}),
        ("0.0.0.0:8080-8081->8080-8081/tcp, :::9-10->9-10/tcp, 5432/tcp", {8080, 8081, 9, 10}),
    ],
)
def test_published_ports_as_docker_writes_them(ports: str, published: set[int]) -> None:
    assert container("any", ports).published == published


def test_room_for_the_archive() -> None:
    assert missing_room(5_000_000_000, Room("/data", 40.0, 10.5)) is None
    problem = missing_room(5_000_000_000, Room("/data", 40.0, 10.4))
    assert isinstance(problem, Problem)
    assert problem.what == "loading the images needs 10.5 GB, 10.4 GB are free"
    assert problem.where == "the filesystem of /data on the host"
    assert "docker system df" in problem.fix


def test_unfinished_run_is_continued_and_said() -> None:
    assert earlier_run(STACK, UNFINISHED) == (
        "continuing an unfinished run: /opt/kestra/.env of 2025-01-02 03:04:05 "
        "is kept with its secrets"
    )


@pytest.mark.parametrize(
    "survey",
    [
        BARE,
        replace(UNFINISHED, containers=(OURS,)),
        replace(UNFINISHED, containers=(container("renamed"),)),
        replace(UNFINISHED, data_versions={"tools-kestra_postgres-data": "17"}),
        replace(UNFINISHED, docker=None),
    ],
    ids=["first run", "finished run", "renamed container", "removed containers", "Docker is down"],
)
def test_other_runs_say_nothing(survey: HostSurvey) -> None:
    assert earlier_run(STACK, survey) is None


@pytest.mark.parametrize(
    ("clock", "said"),
    [(1301, "5 minutes ahead of"), (699, "5 minutes behind"), (1300, None), (700, None), (0, None)],
)
def test_clock_that_is_far_off_is_said(clock: int, said: str | None) -> None:
    """0 is a host that told no time."""
    notice = clock_off(replace(BARE, clock=clock), now=1000.0)
    assert (said in notice) if notice and said else notice == said


@pytest.mark.parametrize(("built_for", "refused"), [("arm64", 1), ("amd64", 0), ("all", 0)])
def test_compose_plugin_for_another_machine(built_for: str, refused: int) -> None:
    deb = Deb(Path("/tmp/c.deb"), 1, "0" * 64, "docker-compose", "2.26.1-4", built_for)
    problems = judge(Tools(), STACK, BARE, None, deb)
    assert len(problems) == refused
    assert all("built for arm64, the host is amd64" in p.what for p in problems)
