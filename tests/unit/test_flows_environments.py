"""Environments are groups of an inventory: one tree, and values by group."""

from __future__ import annotations

from pathlib import Path

import pytest
from click import ClickException

from kestra_provision.kestra.kinds import kinds_of
from kestra_provision.run.hosts import judged
from kestra_provision.run.state import of
from kestra_provision.sync.item import Item

FLOW = """\
id: hello
namespace: team
tasks: [{id: say, type: io.kestra.plugin.core.log.Log, message: hi}]
"""
KEY = Item("team", "limit")


@pytest.fixture
def repository(alone: None, tmp_path: Path) -> Path:
    """One host in each environment; prod has a folder beside the common one, and so has dev."""
    for name in ("flows", "flows-dev", "flows-prod"):
        (tmp_path / name / "team").mkdir(parents=True)
    (tmp_path / "flows" / "team" / "hello.yaml").write_text(FLOW)
    (tmp_path / "flows-dev" / "team" / "_kv.yaml").write_text("limit: 1\n")
    (tmp_path / "flows-prod" / "team" / "_kv.yaml").write_text("limit: 1000\n")
    (tmp_path / "inventory").mkdir()
    for name in ("dev", "prod", "staging"):
        (tmp_path / "inventory" / f"{name}.py").write_text(f"hosts = ['{name}-1']\n")
    (tmp_path / "group_data").mkdir()
    for name in ("dev", "prod"):
        text = f"flows = ['flows', 'flows-{name}']\nkestra_env = {{'ENV_STAGE': '{name}'}}\n"
        (tmp_path / "group_data" / f"{name}.py").write_text(text)
    return tmp_path


@pytest.mark.usefixtures("repository")
def test_each_has_the_tree_and_the_values_of_its_group() -> None:
    _, hosts = judged("inventory")
    seen = {host.name: kinds_of(of(host).flows) for host in hosts}
    assert seen.keys() == {"dev-1", "prod-1", "staging-1"}
    assert all([*flows.wanted] == [Item("team", "hello")] for _, _, flows in seen.values())
    lines = {name: values.here(KEY) for name, (_, values, _) in seen.items()}
    assert lines == {"dev-1": b"limit: 1\n", "prod-1": b"limit: 1000\n", "staging-1": None}
    stages = {host.name: of(host).settings.kestra_env for host in hosts}
    assert stages["dev-1"] == {"ENV_STAGE": "dev"} != stages["prod-1"]
    assert stages["staging-1"] == {}


def test_a_mistake_of_one_environment_stands_in_the_way_of_its_hosts_alone(
    repository: Path,
) -> None:
    (repository / "flows-dev" / "team" / "hello.yaml").write_text(FLOW)
    with pytest.raises(ClickException, match=r"flows-dev/team/hello\.yaml"):
        judged("inventory")
    _, (host,) = judged("inventory", "prod-1")
    assert host.name == "prod-1"
