"""Where script tasks run: what Kestra is told, what its container gets, what people are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from kestra_provision.facts.docker_socket import SocketGroup
from kestra_provision.plan.report import HostPlan, Plan, host_of
from kestra_provision.plan.text import render
from kestra_provision.profiles import SETTINGS, stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.settings import Settings

PROCESS = "io.kestra.plugin.core.runner.Process"
DOCKER = "io.kestra.plugin.scripts.runner.docker.Docker"
SOCKET = "/var/run/docker.sock"
HOST = Tools(script_tasks="host-docker")
each_profile = pytest.mark.parametrize("profile", [*SETTINGS])


def application(settings: Settings) -> dict[str, Any]:
    text = application_file(settings, stack_of(settings), {}).content
    return dict(yaml.safe_load(text)["kestra"])


def compose(settings: Settings, gid: int | None = None) -> str:
    stack = stack_of(settings)
    return render_compose(settings, stack, stack.sizes(8192), "f" * 64, gid)


def services(settings: Settings, gid: int | None = None) -> dict[str, Any]:
    return dict(yaml.safe_load(compose(settings, gid))["services"])


@each_profile
@pytest.mark.parametrize(("mode", "runner"), [("process", PROCESS), ("host-docker", DOCKER)])
def test_a_task_without_a_runner_gets_that_one(mode: str, runner: str, profile: str) -> None:
    settings = SETTINGS[profile].model_validate({"script_tasks": mode})
    defaults = {d["type"]: d["values"] for d in application(settings)["plugins"]["defaults"]}
    assert len(defaults) == 20
    for begin in ("scripts.shell.", "scripts.python.", "dbt.cli."):
        # Nothing but its type: a task's own runner gets whatever else stands there.
        assert defaults[f"io.kestra.plugin.{begin}"] == {"taskRunner": {"type": runner}}
    assert not [d for d in defaults if (runner + ".").startswith(d)]


@each_profile
def test_docker_is_out_of_reach_unless_it_is_asked_for(profile: str) -> None:
    settings = SETTINGS[profile].model_validate({})
    assert settings.script_tasks == "process"
    assert SOCKET not in compose(settings)
    assert "group_add" not in compose(settings)
    assert stack_of(settings).warns == []


@each_profile
def test_the_hosts_docker_is_kestras_alone(profile: str) -> None:
    settings = SETTINGS[profile].model_validate({"script_tasks": "host-docker"})
    found = services(settings, 998)
    assert [name for name, each in found.items() if SOCKET in str(each)] == ["kestra"]
    assert [name for name, each in found.items() if "group_add" in each] == ["kestra"]
    assert found["kestra"]["group_add"] == ["998"]
    assert f"{SOCKET}:{SOCKET}" in found["kestra"]["volumes"]
    assert found["kestra"]["cap_drop"] == ["ALL"]


def test_the_hosts_docker_finds_the_files_of_a_task_under_kestras_own_path() -> None:
    own = "/opt/kestra/tools/kestra/workdir"
    assert application(HOST)["tasks"]["tmp-dir"]["path"] == own
    assert f"{own}:{own}" in services(HOST, 998)["kestra"]["volumes"]
    assert application(Tools())["tasks"]["tmp-dir"]["path"] == "/tmp/kestra-wd"
    assert f"{own}:/tmp/kestra-wd" in services(Tools())["kestra"]["volumes"]


def test_a_host_without_compose_makes_the_same_container() -> None:
    text = docker_run(compose(HOST, 998), "/opt/kestra", stack_of(HOST).environment)
    assert text.count("--group-add 998") == 1
    assert text.count(f"-v {SOCKET}:{SOCKET}") == 1


def test_another_group_of_the_socket_is_another_container() -> None:
    assert services(HOST, 998) != services(HOST, 999)


def test_its_plan_says_who_is_root() -> None:
    (said,) = stack_of(HOST).warns
    assert "whoever can write a flow is root on this host" in said
    quiet = HostPlan("vps1")
    for host in (replace(quiet, warnings=(said,)), replace(quiet, warnings=(said,), unsure="x")):
        assert f"  {said}" in render(Plan((host,), "2026-01-01T00:00:00Z")).splitlines()
        assert host_of(host.as_json()) == host
    assert "root" not in render(Plan((quiet,), "2026-01-01T00:00:00Z"))


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ("io.kestra.plugin.scripts.shell.", 19),
        ("io.kestra.plugin.scripts.shell.Commands", 19),
        ("io.kestra.plugin.scripts.", 6),
        ("io.kestra", 0),
        ("io.kestra.plugin.core.log.Log", 20),
    ],
)
def test_defaults_of_the_operators_that_name_a_runner_stand_alone(own: str, left: int) -> None:
    """Which of two such defaults Kestra takes first is chance, unless their types are the same."""
    mine = {"type": own, "values": {"taskRunner": {"type": DOCKER}}}
    other = {"type": own, "values": {"env": {"A": "1"}}}
    for given, expected in (([mine], left), ([other], 20), ([other, mine], left)):
        config = {"kestra": {"plugins": {"defaults": given}}}
        found = application(Tools(kestra_config=config))["plugins"]["defaults"]
        assert found[: len(given)] == given
        runners = [d for d in found[len(given) :] if "taskRunner" in d["values"]]
        assert len(runners) == expected == len(found) - len(given)


def test_another_word_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValidationError, match="process"):
        Tools.model_validate({"script_tasks": "host"})


@pytest.mark.parametrize(("said", "gid"), [(["998"], 998), (["0"], 0), ([], None), (["?"], None)])
def test_the_group_of_the_socket_is_read_by_its_number(said: list[str], gid: int | None) -> None:
    assert SocketGroup().process(["@@group", *said, ""]) == gid
