"""A rootless Docker for script tasks: what it gets, what it does not, what its host must have."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from kestra_provision.facts.rootless import Rootless, RootlessSeen
from kestra_provision.preflight.rootless import judge_rootless
from kestra_provision.profiles import SETTINGS, stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.render.host.known import lists
from kestra_provision.settings import Settings

each_profile = pytest.mark.parametrize("profile", [*SETTINGS])


def of_profile(profile: str, **given: Any) -> Settings:
    return SETTINGS[profile].model_validate({"script_tasks": "docker", **given})


def compose(settings: Settings) -> str:
    stack = stack_of(settings)
    return render_compose(settings, stack, stack.sizes(8192), "f" * 64)


def services(settings: Settings) -> dict[str, Any]:
    return dict(yaml.safe_load(compose(settings))["services"])


@each_profile
def test_it_starts_before_kestra_and_stops_after_it(profile: str) -> None:
    stack = stack_of(of_profile(profile))
    names = [service.name for service in stack.services]
    assert names.index("dind") == names.index("kestra") - 1
    assert [each.name for each in stack.dependents("dind")] == ["kestra"]
    assert stack.warns == []
    assert "dind" not in stack_of(SETTINGS[profile].model_validate({})).containers


@each_profile
def test_it_is_not_privileged_and_has_no_port(profile: str) -> None:
    found = services(of_profile(profile))["dind"]
    assert not {"privileged", "ports", "user"} & {*found}
    assert (found["cap_drop"], found["cap_add"]) == (["ALL"], ["SETUID", "SETGID"])
    assert found["read_only"] is True
    # Any other first word, and the official image listens on 2375.
    assert found["command"][:2] == ["dockerd", "--host=unix:///dind/docker.sock"]
    assert found["environment"]["DOCKER_TLS_CERTDIR"] == ""
    assert "SECRET" not in str(found["environment"])


@each_profile
def test_it_joins_the_shared_network_alone_and_no_socket_of_the_hosts(profile: str) -> None:
    found = services(of_profile(profile))
    assert found["dind"]["networks"] == ["shared"]
    assert not [name for name, each in found.items() if "/var/run/docker.sock" in str(each)]


@each_profile
def test_kestra_finds_its_socket_and_both_the_same_files(profile: str) -> None:
    found = services(of_profile(profile))
    shared = {
        "/opt/kestra/tools/dind/socket:/dind",
        "/opt/kestra/tools/kestra/workdir:/tmp/kestra-wd",
    }
    for name in ("dind", "kestra"):
        assert shared <= {*found[name]["volumes"]}
    others = {name: each for name, each in found.items() if name not in ("dind", "kestra")}
    assert "/dind" not in str(others)


def test_its_images_are_on_a_volume_that_is_no_data() -> None:
    stack = stack_of(of_profile("tools"))
    assert [volume.short for volume in stack.volumes] == ["postgres-data"]
    assert [volume.short for volume in stack.mounted_volumes] == ["postgres-data", "script-images"]
    assert {*yaml.safe_load(compose(of_profile("tools")))["volumes"]} == {
        "postgres-data",
        "script-images",
    }


def test_a_host_without_compose_makes_the_same_container() -> None:
    settings = of_profile("tools")
    text = docker_run(compose(settings), "/opt/kestra", stack_of(settings).environment)
    for option in (
        "--device /dev/net/tun:/dev/net/tun",
        "--security-opt systempaths=unconfined",
        "--cap-add SETUID",
    ):
        assert option in text


def test_kestra_that_is_older_than_it_is_not_stale() -> None:
    """It connects for each task; a database that came back under it is another matter."""
    assert "declare -gA held=([kestra]=postgres)" in "\n".join(
        lists(stack_of(of_profile("tools")))
    ).replace("'", "")


def test_its_proxy_is_the_hosts() -> None:
    found = services(of_profile("quick", http_proxy="http://10.0.0.1:3128", no_proxy=[".x.org"]))
    told = found["dind"]["environment"]
    assert (told["HTTPS_PROXY"], told["NO_PROXY"]) == ("http://10.0.0.1:3128", ".x.org")
    assert "HTTP_PROXY" not in services(of_profile("quick"))["dind"]["environment"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"script_docker_image": "docker:dind-rootless"}, "script_docker_image docker:dind"),
        ({"script_images": ["python"]}, "script_images python names no fixed version"),
        ({"script_images": ["a b"]}, "is not an image reference"),
        ({"script_docker_container_name": "tools-kestra"}, "are both tools-kestra"),
        ({"script_tasks": "process", "script_images": ["python:3.13.1"]}, "script_images is set"),
    ],
)
def test_what_is_wrong_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Tools.model_validate({"script_tasks": "docker", **given})


@pytest.mark.parametrize(
    ("kernel", "tun", "refused"),
    [
        ([], True, []),
        (["user.max_user_namespaces = 96364", "kernel.unprivileged_userns_clone = 1"], True, []),
        (["kernel.apparmor_restrict_unprivileged_userns = 0"], True, []),
        ([], False, ["/dev/net/tun is not there"]),
        (["user.max_user_namespaces = 0"], True, ["user.max_user_namespaces = 0 lets nobody"]),
        (
            ["kernel.apparmor_restrict_unprivileged_userns = 1"],
            True,
            ["kernel.apparmor_restrict_unprivileged_userns = 1 lets nobody"],
        ),
    ],
)
def test_what_a_host_withholds_is_refused(kernel: list[str], tun: bool, refused: list[str]) -> None:
    seen = Rootless().process(["@@tun", *(["yes"] if tun else []), "", "@@kernel", *kernel, ""])
    problems = [*judge_rootless(seen)]
    assert [p.what.startswith(begin) for p, begin in zip(problems, refused, strict=True)] == [
        True for _ in refused
    ]
    assert all("or set script_tasks" in problem.fix for problem in problems)


def test_a_host_that_told_nothing_is_not_refused() -> None:
    assert Rootless().default() == RootlessSeen()
    assert [*judge_rootless(RootlessSeen())] == []
