"""Where secrets of flows stand on a host: in one file, which Kestra's own process takes in."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.profiles.quick import Quick
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import (
    configuration_files,
    flow_secrets_file,
    sum_of,
)
from kestra_provision.render.host.compose import render_compose
from kestra_provision.render.host.docker_run import docker_run
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.flow_secrets import encoded
from tests.unit.rendered import FAKE

VALUES = {"A": "grüße € $HOME `id`", "B": "line 1\nline 2\n", "C": "'single' \"double\" \\ ${X}"}
OF_FLOWS = {f"SECRET_{name}": encoded(value) for name, value in VALUES.items()}
SETTINGS: list[Settings] = [
    Tools(),
    Quick(),
    DevOrch(n8n_image="n8nio/n8n:1.123.0", sidecar_image="example/sidecar:1"),
]


def files(of_flows: dict[str, str]) -> tuple[str, str]:
    application, flows = configuration_files(Tools(), stack_of(Tools()), {**FAKE, **of_flows})
    return application.content, flows.content


def compose_of(settings: Settings) -> str:
    stack = stack_of(settings)
    return render_compose(settings, stack, stack.sizes(8192), "f" * 64)


def test_the_file_is_closed_and_has_them_in_base64_once() -> None:
    file = flow_secrets_file(Tools(), {**FAKE, **OF_FLOWS})
    assert (file.path, file.mode, file.reader) == (
        "/opt/kestra/config/flow-secrets.env",
        "640",
        "kestra",
    )
    lines = [line.partition("=") for line in file.content.splitlines() if line[0] != "#"]
    assert {name: base64.b64decode(text).decode() for name, _, text in lines} == {
        f"SECRET_{name}": value for name, value in VALUES.items()
    }
    assert "SECRET_A" not in repr(file)
    assert [value for value in FAKE.values() if value in file.content] == []


def test_its_sum_tells_no_short_secret() -> None:
    """A sum is shown: who knows the rest of a file tries all short values."""
    short = {"SECRET_PIN": encoded("1234")}
    one = flow_secrets_file(Tools(), {**FAKE, **short})
    other = {**FAKE, passwords.ENCRYPTION: base64.b64encode(b"x" * 32).decode()}
    assert one.sha256 != flow_secrets_file(Tools(), {**other, **short}).sha256
    assert FAKE[passwords.ENCRYPTION] not in one.content


def test_a_changed_one_changes_what_kestra_is_started_with() -> None:
    stack, settings = stack_of(Tools()), Tools()
    before = configuration_files(settings, stack, {**FAKE, **OF_FLOWS})
    after = configuration_files(settings, stack, {**FAKE, **OF_FLOWS, "SECRET_A": encoded("x")})
    assert before[0] == after[0], "the application's own file holds names alone"
    assert sum_of(before) != sum_of(after)
    joined = "".join(file.content for file in before)
    assert sum_of(before) == hashlib.sha256(joined.encode()).hexdigest()


def test_what_a_task_starts_finds_them_empty() -> None:
    application, _ = files(OF_FLOWS)
    defaults = yaml.safe_load(application)["kestra"]["plugins"]["defaults"]
    assert {*defaults[0]} == {"type", "values"}, "a task may name one itself: nothing is forced"
    nothing = dict.fromkeys(OF_FLOWS, "")
    assert all(each["values"]["env"] == nothing for each in defaults)
    types = [each["type"] for each in defaults]
    for task in ("scripts.shell.Commands", "scripts.python.Script", "dbt.cli.DbtCLI"):
        assert any(f"io.kestra.plugin.{task}".startswith(begin) for begin in types), task
    for runner in ("scripts.runner.docker.Docker", "core.runner.Process", "core.log.Log"):
        assert not any(f"io.kestra.plugin.{runner}".startswith(begin) for begin in types), runner


def test_without_any_the_configuration_says_nothing_of_them() -> None:
    application, flows = files({})
    defaults = yaml.safe_load(application)["kestra"]["plugins"]["defaults"]
    assert all({*each["values"]} == {"taskRunner"} for each in defaults)
    assert [line[0] for line in flows.splitlines()] == ["#", "#"]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda each: each.profile)
def test_kestra_alone_is_given_the_file(settings: Settings) -> None:
    services: dict[str, Any] = yaml.safe_load(compose_of(settings))["services"]
    having = [name for name, each in services.items() if "flow-secrets" in str(each)]
    assert having == ["kestra"]
    assert "SECRET_" not in str({name: each.get("environment") for name, each in services.items()})


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_first_process_takes_them_in_and_becomes_kestra(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    assert program
    service = yaml.safe_load(compose_of(Tools()))["services"]["kestra"]
    assert service["entrypoint"] == "/bin/sh"
    _, flows = files(OF_FLOWS)
    (tmp_path / "flow-secrets.env").write_text(flows)
    entry = tmp_path / "docker-entrypoint.sh"
    entry.write_text('#!/bin/sh\necho "$@"\nenv | grep ^SECRET_ | sort\n')
    entry.chmod(0o755)
    words = [word.replace("$$", "$") for word in service["command"]]
    words = [
        w.replace("/etc/kestra/flow-secrets.env", f"{tmp_path}/flow-secrets.env") for w in words
    ]
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [program, *words], env={"PATH": path}, capture_output=True, text=True, check=True
    )
    arguments, *variables = done.stdout.splitlines()
    assert arguments == "server standalone --config /etc/kestra/application.yaml"
    assert dict(line.split("=", 1) for line in variables) == OF_FLOWS


def test_docker_alone_starts_it_the_same_way() -> None:
    text = docker_run(compose_of(Tools()), "/opt/kestra", stack_of(Tools()).environment)
    assert "--entrypoint /bin/sh" in text
    assert 'exec docker-entrypoint.sh "$@"\'' in text
    assert "$$" not in text
    mount = "/opt/kestra/config/flow-secrets.env:/etc/kestra/flow-secrets.env:ro"
    assert f"-v {mount}" in text
