"""What a compose file says and docker cannot be told is refused, and never left out."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.compose_values import NoCounterpartError, seconds, shell_text
from kestra_provision.render.host.docker_run import docker_run

STACK = stack_of(Tools())
COMPOSE = render_compose(Tools(), STACK, STACK.sizes(4096), "f" * 64)
#: Where it stands, what stands there, and what the message names.
REFUSED: list[tuple[str, Any, str]] = [
    ("configs", {"a": {}}, "configs"),
    ("services.kestra.deploy", {"replicas": 2}, "services.kestra.deploy"),
    ("services.kestra.env_file", ".env", "services.kestra.env_file"),
    ("services.kestra.network_mode", "host", "services.kestra.network_mode"),
    ("services.kestra.command", "server standalone", "services.kestra.command"),
    ("services.kestra.environment", ["A=b"], "services.kestra.environment"),
    ("services.kestra.environment.A", 5, "services.kestra.environment.A"),
    ("services.kestra.environment.A", "${B:-c}", "services.kestra.environment.A: a variable"),
    ("services.kestra.labels", {"a": "$KESTRA_HTTP_PORT"}, "services.kestra"),
    ("services.kestra.labels", {"a": 5}, "services.kestra.labels"),
    ("services.kestra.networks", {"internal": {"priority": 1}}, "services.kestra.networks"),
    ("services.kestra.networks", [], "services.kestra without networks"),
    ("services.kestra.depends_on", ["postgres"], "services.kestra.depends_on"),
    ("services.kestra.depends_on.postgres.restart", True, "services.kestra.depends_on.postgres"),
    ("services.kestra.volumes", [{"type": "bind"}], "services.kestra.volumes"),
    ("services.kestra.volumes", ["./storage:/s"], "services.kestra.volumes: ./storage"),
    ("services.kestra.ports", [{"target": 80}], "services.kestra.ports"),
    ("services.kestra.healthcheck.test", "true", "services.kestra.healthcheck.test"),
    ("services.kestra.healthcheck.start_interval", "1s", "healthcheck.start_interval"),
    ("services.kestra.logging.x", "y", "logging.x"),
    ("services.kestra.stop_grace_period", "1.5s", "the duration 1.5s"),
    ("networks.internal.driver", "bridge", "networks.internal.driver"),
    ("volumes.postgres-data.driver", "local", "volumes.postgres-data.driver"),
    ("services.kestra.command", ["${KESTRA_DB_PASSWORD:?}"], "KESTRA_DB_PASSWORD, which would"),
    ("services.kestra.user", "${KESTRA_DB_PASSWORD:?}", "KESTRA_DB_PASSWORD, which would"),
]


@pytest.mark.parametrize(("place", "value", "named"), REFUSED)
def test_what_has_no_counterpart_is_refused(place: str, value: object, named: str) -> None:
    with pytest.raises(NoCounterpartError) as error:
        docker_run(changed(place, value), "/opt/kestra", STACK.environment)
    assert named in str(error.value)
    assert "has no counterpart in render/host/docker_run.py" in str(error.value)


@pytest.mark.parametrize(
    ("place", "value", "option"),
    [
        ("services.kestra.user", "1000:1000", "--user 1000:1000"),
        ("services.kestra.working_dir", "/a b", "--workdir '/a b'"),
        ("services.kestra.init", True, "--init"),
        ("services.kestra.environment.A", "$$x y", "-e A='$x y'"),
        ("services.kestra.environment.A", "u:${P:?}@$$", 'A="u:$(setting P)@\\$"'),
        ("services.kestra.depends_on", None, "create_kestra"),
        ("networks.internal.internal", True, "--internal"),
        ("volumes.postgres-data.name", "mine", "-v mine:/var/lib/postgresql/data"),
        ("x-more", {"a": 1}, "create_kestra"),
    ],
)
def test_what_has_one_is_said(place: str, value: object, option: str) -> None:
    assert option in docker_run(changed(place, value), "/opt/kestra", STACK.environment)


def test_every_service_has_a_function() -> None:
    text = docker_run(COMPOSE, "/opt/kestra", STACK.environment)
    assert [f"create_{name}() {{" in text for name in STACK.containers] == [True] * 2


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("plain", "plain"),
        ("it's $$HOME", "'it'\"'\"'s $HOME'"),
        ('"${A:?}" `\\', '"\\"$(setting A)\\" \\`\\\\"'),
    ],
)
def test_values_are_words_of_the_shell(text: str, word: str) -> None:
    assert shell_text(text, "here") == word


@pytest.mark.parametrize(("text", "number"), [("360s", 360), ("1h2m3s", 3723), ("6m", 360)])
def test_durations(text: str, number: int) -> None:
    assert seconds(text) == number


def changed(place: str, value: object) -> str:
    """The compose file with another value at a place."""
    file = yaml.safe_load(COMPOSE)
    *folders, last = place.split(".")
    inside = file
    for folder in folders:
        inside = inside[folder]
    inside[last] = value
    return yaml.safe_dump(file, sort_keys=False)
