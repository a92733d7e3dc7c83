"""The flows that come with the project: whole, told of in their page, their plugins named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kestra_provision import project
from kestra_provision.flows import tree
from kestra_provision.flows.tree import Flow

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = project.path("examples")
#: Each is one of `flows` in an inventory.
FOLDERS = [
    EXAMPLES / "flows",
    *(
        folder
        for kind in ("alerts", "assistants", "gitops")
        for folder in EXAMPLES.glob(f"{kind}/*")
    ),
]
PAGE = (ROOT / "docs" / "examples.md").read_text()
CORE = "io.kestra.plugin.core."
#: Types by the artifact that brings them.
ARTIFACTS = {
    "io.kestra.plugin:plugin-ai": "io.kestra.plugin.ai.",
    "io.kestra.plugin:plugin-email": "io.kestra.plugin.email.",
    "io.kestra.plugin:plugin-git": "io.kestra.plugin.git.",
    "io.kestra.plugin:plugin-script-python": "io.kestra.plugin.scripts.python.",
    "io.kestra.plugin:plugin-script-shell": "io.kestra.plugin.scripts.shell.",
}
KEYS = {
    "hello-world": "hello-world-trigger",
    "environment-orchestration": "environment-orchestration-trigger",
    "my-workflow": "my-workflow-trigger",
}
NAMES = """
hello-world environment-orchestration data-processing my-workflow smoke-test error-alert retention
ai-pull-request-analysis ai-release-risk ai-repo-analysis etl_pipeline_complete api_health_monitor
batch_file_processor event_processor distributed_transaction_saga circuit_breaker_pattern
namespace_error_monitor greet greet-all dry-run where-scripts-run parquet-report
alert-slack alert-email alert-pagerduty alert-whatsapp git-pull git-push
faq_energy_assistant full_lead_qualification
"""
FOUND = tree.read(FOLDERS)
BY_NAME = {flow.id.name: flow for flow in FOUND.flows}
each_flow = pytest.mark.parametrize("flow", FOUND.flows, ids=lambda flow: flow.id.name)


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for child in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from nodes(child)


def types(flow: Flow) -> set[str]:
    found = nodes(yaml.safe_load(flow.source))
    return {n["type"] for n in found if str(n.get("type")).startswith("io.")}


def test_all_that_are_promised_are_there() -> None:
    assert FOUND.problems == ()
    assert {*NAMES.split()} <= {*BY_NAME}


@each_flow
def test_its_types_are_cores_or_its_plugin_is_named(flow: Flow) -> None:
    needs = re.findall(r"^# needs: (\S+)$", flow.source, re.MULTILINE)
    # What has defaults may be a group of types, whose name is where theirs begin.
    others = {f"{name}." for name in types(flow) if not name.startswith(CORE)}
    brought = {
        need: {name for name in others if name.startswith(ARTIFACTS[need])} for need in needs
    }
    assert all(brought.values())
    assert {name for names in brought.values() for name in names} == others
    assert all(need in PAGE for need in needs)


@each_flow
def test_its_page_tells_of_it_and_of_its_secrets(flow: Flow) -> None:
    assert f"`{flow.id.name}`" in PAGE
    assert all(f"`{secret}`" in PAGE for secret in flow.names.secrets)


@each_flow
def test_it_says_what_it_does_and_has_no_anchor(flow: Flow) -> None:
    """Kestra reads an alias of YAML as nothing."""
    source = yaml.safe_load(flow.source)
    assert source["description"]
    assert not re.search(r"[:\-] [&*]\w", flow.source)


@each_flow
def test_a_watcher_of_failures_does_not_watch_itself(flow: Flow) -> None:
    triggers = yaml.safe_load(flow.source).get("triggers", [])
    for trigger in (t for t in triggers if t["type"] == f"{CORE}trigger.Flow"):
        (condition,) = trigger["conditions"]
        without = condition["type"] == f"{CORE}condition.Not"
        (namespace,) = condition["conditions"] if without else (condition,)
        assert without is (namespace["namespace"] == flow.id.namespace)


def test_subflows_are_among_them() -> None:
    there = {flow.id for flow in FOUND.flows}
    assert {called for flow in FOUND.flows for called in flow.names.calls} <= there
    assert BY_NAME["greet-all"].names.calls


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_webhook_keys(name: str, key: str) -> None:
    triggers = yaml.safe_load(BY_NAME[name].source)["triggers"]
    assert [t["key"] for t in triggers if t["type"] == f"{CORE}trigger.Webhook"] == [key]
    assert key in PAGE
