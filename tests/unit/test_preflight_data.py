"""What an earlier deploy left is judged before the first change."""

from dataclasses import replace

import pytest

from kestra_provision.facts.survey import HostSurvey, SeenContainer
from kestra_provision.preflight.data import judge_data
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools

HOST = HostSurvey(
    users=frozenset({"root", "deploy"}),
    addresses=frozenset({"127.0.0.1", "192.0.2.7", "::1"}),
    data_versions={"tools-kestra_postgres-data": "17"},
    containers=(
        SeenContainer("tools-kestra", True, "tools-kestra", "k:1", "Up 2 hours", "", "/opt/kestra"),
    ),
)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"docker_users": ["deploy"]},
        {"bind_address": "192.0.2.7"},
        {"bind_address": "0.0.0.0"},
        {"bind_address": "::"},
        {"postgres_image": "postgres:17.2-alpine"},
        {"project_name": "another", "root_dir": "/srv/another"},
    ],
)
def test_what_fits_is_not_refused(given: dict[str, object]) -> None:
    settings = Tools(**given)
    assert list(judge_data(settings, stack_of(settings), HOST)) == []


@pytest.mark.parametrize(
    ("given", "where", "what", "fix"),
    [
        ({"root_dir": "/srv/k2"}, "root_dir", "lives in /opt/kestra", "mv /opt/kestra /srv/k2"),
        ({"project_name": "another"}, "project_name", "belongs to the stack tools-kestra", "own"),
        ({"postgres_image": "postgres:18"}, "postgres_image", "made by PostgreSQL 17", "dump"),
        ({"postgres_image": "postgres:16"}, "postgres_image", "cannot read it", "version 17"),
        ({"docker_users": ["deplyo"]}, "docker_users", "no user deplyo", "adduser"),
        ({"bind_address": "203.0.113.9"}, "bind_address", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_what_would_part_stack_and_data_is_refused(
    given: dict[str, object], where: str, what: str, fix: str
) -> None:
    settings = Tools(**given)
    (problem,) = judge_data(settings, stack_of(settings), HOST)
    assert problem.where == where
    assert what in problem.what
    assert fix in problem.fix


@pytest.mark.parametrize("image", ["postgres:17", "postgres:18"])
def test_volume_of_somebody_else_is_not_taken(image: str) -> None:
    settings = Tools(postgres_image=image)
    there = replace(
        HOST,
        containers=(),
        data_versions={},
        strange_volumes=frozenset({"tools-kestra_postgres-data"}),
    )
    (problem,) = judge_data(settings, stack_of(settings), there)
    assert problem.what == "a volume named tools-kestra_postgres-data exists and is not ours"
    assert "set project_name to another name" in problem.fix
    elsewhere = Tools(project_name="another", root_dir="/srv/another")
    assert list(judge_data(elsewhere, stack_of(elsewhere), there)) == []


def test_a_bare_host_has_nothing_to_lose() -> None:
    bare = replace(HOST, containers=(), data_versions={})
    settings = Tools(root_dir="/srv/k2", postgres_image="postgres:18")
    assert list(judge_data(settings, stack_of(settings), bare)) == []
