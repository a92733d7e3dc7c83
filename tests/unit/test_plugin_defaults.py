"""Defaults of plugins that an operator gives, beside those that keep secrets from tasks."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.settings.flow_secrets import encoded

SECRETS = {"SECRET_A": encoded("Obviously-fake-1")}
MINE = [
    {"type": "io.kestra.plugin.core.log.Log", "values": {"level": "WARN"}},
    {"type": "io.kestra.plugin.scripts.shell.", "forced": True, "values": {"env": {"MINE": "{"}}},
]
OTHERS = [{"type": "io.kestra.plugin.core.trigger.Schedule", "values": {"x": "null"}}]
SPELLINGS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"kestra": {"plugins": {"defaults": MINE}}}, {}),
    ({"kestra": {"plugins.defaults": MINE}}, {}),
    ({"kestra.plugins": {"Defaults": MINE}}, {}),
    ({"kestra.plugins.defaults": MINE}, {}),
    ({"kestra.plugins.defaults": MINE[:1], "kestra": {"plugins": {"defaults": MINE[1:]}}}, {}),
    (
        {"kestra": {"plugins": {"defaults": MINE, "configurations": OTHERS}}},
        {"configurations": OTHERS},
    ),
]


def plugins(config: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    """What `application.yaml` says of plugins."""
    settings = Tools(kestra_config=config)
    text = application_file(settings, stack_of(settings), secrets).content
    tree = yaml.safe_load(text)
    assert [key for key in tree if key.startswith("kestra")] == ["kestra"]
    assert text.count(" defaults:") <= 1, "a key that stands twice is one of them to a reader"
    return dict(tree["kestra"].get("plugins", {}))


OURS = plugins({}, SECRETS)["defaults"]
RUNNERS = plugins({}, {})["defaults"]


@pytest.mark.parametrize(("config", "others"), SPELLINGS, ids=range(len(SPELLINGS)))
def test_both_are_in_one_list_and_the_operators_come_first(
    config: dict[str, Any], others: dict[str, Any]
) -> None:
    assert plugins(config, SECRETS) == {"defaults": [*MINE, *OURS], **others}
    assert plugins(config, {}) == {"defaults": [*MINE, *RUNNERS], **others}


@pytest.mark.parametrize("config", [{"configurations": OTHERS}, {"defaults": []}, {"defaults": {}}])
def test_without_any_ours_stay(config: dict[str, Any]) -> None:
    found = plugins({"kestra": {"plugins": config}}, SECRETS)
    assert found.pop("defaults") == OURS
    assert found == {key: value for key, value in config.items() if value}


@pytest.mark.parametrize(
    "config",
    [
        {"kestra": {"plugins": None}},
        {"kestra.plugins": "x"},
        {"kestra": {"plugins": {"defaults": None}}},
        {"kestra": {"plugins": {"defaults": "io.kestra"}}},
        {"kestra": {"plugins": {"defaults": {"type": "x", "values": {}}, "more": 1}}},
        {"kestra.plugins.defaults[0].type": "x"},
        {"kestra": {"plugins": {"defaults[0]": {"type": "x"}}}},
    ],
    ids=str,
)
def test_what_is_no_list_is_refused_by_its_name(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"kestra_config sets kestra\.plugins.*as one list"):
        Tools(kestra_config=config)


def test_a_placeholder_in_them_is_still_looked_at() -> None:
    defaults = [{"type": "x", "values": {"a": "${NOT_THERE}"}}]
    with pytest.raises(ValueError, match="kestra_env has no NOT_THERE"):
        Tools(kestra_config={"kestra": {"plugins": {"defaults": defaults}}})


@pytest.mark.parametrize(
    "entry", ["x", {"values": {"taskRunner": {}}}, {"type": "y", "values": None}]
)
def test_what_is_no_default_is_copied_as_it_is(entry: Any) -> None:
    """It is Kestra's to say what is wrong with it; ours stand there all the same."""
    told = plugins({"kestra": {"plugins": {"defaults": [entry]}}}, {})["defaults"]
    assert told == [entry, *RUNNERS]
