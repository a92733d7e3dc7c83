"""A file that a container read at its start: another one in its place restarts the container."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kestra_provision.facts.container import Container
from kestra_provision.facts.health import Health, HostHealth
from kestra_provision.facts.replaced import by_container, replaced
from kestra_provision.facts.script import Once, script, split
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.operations import stack
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.run import ahead
from tests.operations.fake_host import FakeHost, raw, yielded
from tests.operations.test_fact_stack import DECLARED_HASHES, NETWORKS, inspected
from tests.operations.test_stack import RUNNING

SETTINGS = Tools.model_validate({"kestra_plugins": ["com.example:one:1.0"]})
DECLARED = stack_of(SETTINGS)
PATH = "/opt/kestra/tools/kestra/plugins/com_example__one__1_0.jar"


def told(mounted: Path, here: Path, project: str = "p", pid: int = os.getpid()) -> list[str]:
    """What the question says of a container that is this very process, with all files of it."""
    containers = Once("asked", f"echo json {project} '{{}}'; echo pid {project} /kestra {pid}")
    sections = replaced(containers, "p", {str(mounted): str(here)})
    text = script(*sections, asks=[containers])
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    return split(done.stdout.splitlines())["replaced"]


def test_a_question_about_nothing_is_none() -> None:
    assert replaced(Once("asked", ":"), "p", {}) == []


def test_the_same_file_is_none_however_it_is_changed(tmp_path: Path) -> None:
    mounted, here = tmp_path / "in.jar", tmp_path / "on host.jar"
    mounted.write_text("one")
    os.link(mounted, here)
    assert told(mounted, here) == []
    here.write_text("edited where it lies")
    assert told(mounted, here) == []


def test_another_one_in_its_place_is_named_by_container(tmp_path: Path) -> None:
    mounted, here = tmp_path / "in.jar", tmp_path / "on host.jar"
    mounted.write_text("the same")
    here.write_text("the same")
    assert told(mounted, here) == ["kestra in.jar"]
    here.unlink()
    assert told(mounted, here) == ["kestra in.jar"]
    assert told(mounted, here, project="another") == []
    assert told(mounted, here, pid=0) == []
    mounted.unlink()
    assert told(mounted, here) == []


def test_it_makes_a_container_differ() -> None:
    lines = ["@@containers", inspected("k", "kestra"), "@@images", "kestra:1 sha256:kestra"]
    lines += ["@@configs", "k sum-1", "@@hashes", *DECLARED_HASHES]
    fine = Stack().process(lines)
    assert fine.difference("k", "kestra:1", NETWORKS["kestra"]) is None
    found = Stack().process([*lines, "@@replaced", "k one.jar", "k two.jar"])
    said = "sees another one.jar and two.jar than lies on the host"
    assert found.difference("k", "kestra:1", NETWORKS["kestra"]) == said
    assert by_container(["k a b.jar", "x y.jar"]) == {"k": ["a b.jar"], "x": ["y.jar"]}


@pytest.mark.parametrize("executing", [True, False])
def test_a_plan_restarts_who_is_about_to_see_another_one(executing: bool) -> None:
    hashes = {service: c.config_hash for service, c in _by_service(RUNNING).items()}
    host = FakeHost({Health: HostHealth(), Stack: replace(RUNNING, hashes=hashes)})
    host.state.is_executing = False
    ahead.of(host.as_host).replaced.add(PATH)
    host.state.is_executing = executing
    commands = raw(yielded(host, stack.up, stack=DECLARED))
    if executing:
        assert commands == [], "live state decides"
    else:
        assert "drain_and_stop" in commands
        assert ahead.of(host.as_host).fates == {"kestra": "restarts"}
        assert "sees another com_example__one__1_0.jar" in host.logs[0]


def _by_service(seen: StackSeen) -> dict[str, Container]:
    return {c.service: c for c in seen.containers.values()}
