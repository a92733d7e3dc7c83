"""What an operator gives to Kestra, as the files of the host have it."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from kestra_provision.profiles import PROFILES, SETTINGS
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file, logback_file
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.compose_values import literal, shell_text
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.render.host.own_keys import with_own
from kestra_provision.render.host.paths import managed_paths
from kestra_provision.settings import Settings

#: What a reader of YAML, compose or a shell could take in a way of its own.
VALUES = (
    *("", " ", "x ", "'", '"', "\\", "\\n", "#", "a #b", "-", "~", "null", "no", "1e3", "{a: b}"),
    *(
        "$",
        "$$",
        "$HOME",
        "${HOME}",
        "${HOME:-x}",
        "${HOME:?x}",
        "$$$",
        "$(id)",
        "`id`",
        "!x",
        "%s",
    ),
    *("zwei\nZeilen", "\n", "\r\n", "\t", "\x01\x7f", "\x1b[31m", "\\x41", "\\'\n'"),
    *("ä ß €", "🚀", "\u2028\u2029\x85\xa0\ufeff", "{{ x }}", "{% raw %}", "<b>&amp;"),
)


def declared(settings: Settings) -> dict[str, Any]:
    """Kestra's part of the compose file."""
    return dict(yaml.safe_load(compose(settings))["services"]["kestra"])


def compose(settings: Settings) -> str:
    stack = PROFILES[settings.profile].stack(settings)
    return render_compose(settings, stack, stack.sizes(4096), "f" * 64)


def of_bash(word: str) -> bytes:
    """What bash makes of a word."""
    done = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    return done.stdout


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_value_is_the_same_to_compose_and_to_docker_alone(value: str) -> None:
    written = literal(value)
    assert "\n" not in written
    text = yaml.safe_load(written)
    # Compose makes one dollar of two, and nothing else.
    assert not re.search(r"(?<!\$)(\$\$)*\$(?!\$)", text)
    assert text.replace("$$", "$") == value
    word = shell_text(text, "here")
    assert "\n" not in word
    assert of_bash(word) == value.encode()


@pytest.mark.parametrize("profile", SETTINGS)
def test_variables_are_the_containers_own(profile: str) -> None:
    env = {f"ENV_{number}": value for number, value in enumerate(VALUES)} | {"NO": "a", "on": "b"}
    settings = SETTINGS[profile].model_validate({"kestra_env": env})
    plain = declared(SETTINGS[profile].model_validate({}))["environment"]
    found = {k: v.replace("$$", "$") for k, v in declared(settings)["environment"].items()}
    assert found == plain | env


def test_without_compose_nothing_secretive_stands_in_a_command_line() -> None:
    env = {
        "API_TOKEN": "Obviously-fake-1",
        "BACKEND_URL": "http://me:Obviously-fake-2@b/",
        "ENV_X": "in the open",
    }
    settings = Tools(kestra_env=env)
    stack = PROFILES["tools"].stack(settings)
    text = docker_run(compose(settings), stack.root, stack.environment)
    before, call = text.split("create_kestra() {")[1].split("docker create")
    assert "Obviously-fake" not in call
    assert "-e ENV_X='in the open'" in call
    for name in ("API_TOKEN", "BACKEND_URL"):
        assert f"{name}={env[name]}" in before
        assert f"-e {name} \\" in call


def test_threads_time_zone_and_logs_are_in_the_container() -> None:
    kestra = declared(
        Tools(kestra_worker_threads=5, kestra_time_zone="Europe/Berlin", kestra_json_logs=True)
    )
    assert kestra["command"][-2:] == ["--worker-thread", "5"]
    assert kestra["environment"]["TZ"] == "Europe/Berlin"
    assert "/opt/kestra/config/logback.xml:/etc/kestra/logback.xml:ro" in kestra["volumes"]
    plain = declared(Tools())
    assert plain["command"][-1] == "/etc/kestra/application.yaml"
    assert "TZ" not in plain["environment"]
    assert not [volume for volume in plain["volumes"] if "logback" in volume]


def application(**given: Any) -> dict[str, Any]:
    settings = Tools(**given)
    text = application_file(settings, PROFILES["tools"].stack(settings), {}).content
    return dict(yaml.safe_load(text))


def test_levels_keep_what_is_judged() -> None:
    plain = application()["logger"]["levels"]
    assert plain == {"root": "INFO"}
    levels = application(kestra_log_levels={"io.kestra": "OFF", "root": "OFF"})["logger"]["levels"]
    assert levels["root"] == levels["io.kestra"] == "OFF"
    assert levels["io.kestra.cli"] == "INFO"
    levels = application(kestra_log_levels={"io.kestra.cli": "DEBUG"})["logger"]["levels"]
    assert levels["io.kestra.cli"] == "DEBUG"


def test_webhooks_and_threads_are_configuration() -> None:
    own = ["/api/v1/main/executions/webhook/a/"]
    kestra = application(kestra_open_urls=own, kestra_executor_threads=7)["kestra"]
    assert kestra["server"]["basic-auth"]["open-urls"] == own
    assert kestra["jdbc"]["executor"]["thread-count"] == 7
    assert application(kestra_open_urls=[])["kestra"]["server"]["basic-auth"]["open-urls"] == []
    assert "open-urls" not in application()["kestra"]["server"]["basic-auth"]
    assert "jdbc" not in application()["kestra"]


def test_a_log_in_json_has_a_file_whose_change_is_one_of_the_configuration() -> None:
    settings = Tools(kestra_json_logs=True)
    file = logback_file(settings)
    assert file is not None
    assert file.path in managed_paths(settings, PROFILES["tools"].stack(settings))
    text = application_file(settings, PROFILES["tools"].stack(settings), {}).content
    assert file.sha256 in text
    assert application(kestra_json_logs=True)["logger"]["config"] == "/etc/kestra/logback.xml"
    assert logback_file(Tools()) is None


OURS = """\
# Ours.
a:
  # Of b.
  b: 1
  c:
    d: 2 # NAME

e:
  f: 3
"""
OWN: list[dict[str, Any]] = [
    {"x": 1},
    {"a": {"x": 1}},
    {"a": {"c": {"x": [1, {"y": "z"}]}}, "e": {"x": None}},
    {"a": {"c": {"x": {}}, "y": []}, "a.b.z": 5, "z": {"q": True}},
    {"x": {"y": "two\nlines"}, "e": {"deep": {"er": ["three\n\nlines\n"]}}},
    {"x": "ä 🚀 \u2028 \x01 ${Y} 'q' \"q\" # no", "y": "2026-01-31", "z": "no", "1": "0o7"},
    {"a": {}},
]


@pytest.mark.parametrize("own", OWN, ids=ascii)
def test_keys_of_ones_own_stand_among_ours(own: dict[str, Any]) -> None:
    text = with_own(OURS, own)
    assert yaml.safe_load(text) == merged(yaml.safe_load(OURS), own)
    # Ours are as they were, in their order, with what is said of them.
    rest = iter(text.splitlines())
    assert all(line in rest for line in OURS.splitlines())
    assert "  # Of b.\n  b: 1\n" in text


def merged(ours: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {**ours, **own}
    for key, value in ours.items():
        if isinstance(value, dict) and isinstance(own.get(key), dict):
            both[key] = merged(value, own[key])
    return both


def test_without_any_the_text_is_ours() -> None:
    assert with_own(OURS, {}) is OURS
    assert with_own(OURS, {"a": {}}) == OURS
