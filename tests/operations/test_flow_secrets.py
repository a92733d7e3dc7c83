"""Secrets of flows on a host: read beside `.env`, compared by name, written by stage `files`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.config import Config
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import ctx_config, ctx_host

from kestra_provision.facts.paths import Paths, PathsSeen, PathState, User
from kestra_provision.facts.survey import HostSurvey, Survey
from kestra_provision.flows import tree
from kestra_provision.operations import paths
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import configuration_files, sum_of
from kestra_provision.secrets.env import env_look, read_env
from kestra_provision.secrets.flow_secrets import changes
from kestra_provision.secrets.redact import secrets_in
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.settings.flow_secrets import Given, encoded
from kestra_provision.stack.files import Rendered
from kestra_provision.status.flow_secrets import SecretState, render, secrets_of
from tasks.preflight import secrets_there
from tests.operations.env_host import SECRETS, STACK, TEXT
from tests.operations.fake_host import FakeHost, yielded

FLOWS, COMPOSE = "/opt/kestra/config/flow-secrets.env", "/opt/kestra/compose.yaml"
GIVEN = {"A": "Canary8 grüße", "B": "Canary9\nsecond line"}


def of_flows(values: Mapping[str, str]) -> dict[str, str]:
    return {f"SECRET_{name}": encoded(value) for name, value in values.items()}


def rendered(secrets: Mapping[str, str]) -> list[Rendered]:
    configuration = configuration_files(Tools(), stack_of(Tools()), secrets)
    return [*configuration, Rendered(COMPOSE, f"label: {sum_of(configuration)}\n", "644")]


def told(of_host: Mapping[str, str]) -> str:
    """What the look at `.env` prints."""
    return f"600 0 0\n{TEXT}.\n" + "".join(f"+{n}={t}\n" for n, t in of_flows(of_host).items())


def host_with(
    of_host: Mapping[str, str], given: Mapping[str, str], settings: Tools | None = None
) -> FakeHost:
    """+ of_host: as its last deploy left it; given: what the operator gives now"""
    host = FakeHost({}, {"stat -c": (True, told(of_host), "")}, settings)
    host.run.flow_secrets = Given(given, {})
    modes = {COMPOSE: "644"}
    states = {
        file.path: PathState(
            "file",
            modes.get(file.path, "640"),
            0,
            0 if file.path == COMPOSE else 1002,
            file.sha256,
        )
        for file in rendered({**SECRETS, **of_flows(of_host)})
    }
    host.facts[Paths] = PathsSeen(states, {"kestra": User(1001, 1002)})
    return host


def filled(host: FakeHost) -> list[PyinfraCommand]:
    return yielded(host, paths.filled, render=rendered)


def test_the_same_ones_are_no_change() -> None:
    host = host_with(GIVEN, GIVEN)
    assert filled(host) == []
    assert len(host.ran) == 1, "one look, as without any"


@pytest.mark.parametrize(
    ("before", "names", "others"),
    [
        ({**GIVEN, "A": "another"}, ["SECRET_A"], ["SECRET_B"]),
        ({"A": GIVEN["A"]}, ["SECRET_B"], ["SECRET_A"]),
        ({}, ["SECRET_A, SECRET_B"], []),
        ({**GIVEN, "OLD": "Canary-old"}, ["SECRET_OLD"], ["SECRET_A", "SECRET_B"]),
        ({**GIVEN, "A": GIVEN["A"] + "\n"}, ["SECRET_A"], ["SECRET_B"]),
    ],
)
def test_what_differs_is_said_by_name(
    before: dict[str, str], names: list[str], others: list[str]
) -> None:
    host = host_with(before, GIVEN)
    commands = filled(host)
    said = next(line for line in host.logs if line.startswith(FLOWS))
    assert all(name in said for name in names)
    assert not [name for name in others if name in said]
    assert any(line.startswith(COMPOSE) for line in host.logs), "so that Kestra is made anew"
    shown = host.said + "".join(f"{command} {command!r}" for command in commands)
    values = [*GIVEN.values(), *before.values()]
    assert not [value for value in (*values, *map(encoded, values)) if value in shown]


def test_none_are_given_any_more() -> None:
    host = host_with(GIVEN, {})
    stdin = [
        str(command.connector_arguments["_stdin"])
        for command in filled(host)
        if isinstance(command, StringCommand)
    ]
    assert not [text for text in stdin if "SECRET_A" in text or "SECRET_B" in text]
    assert "SECRET_A, SECRET_B" in host.logs[0] or "SECRET_A, SECRET_B" in host.said


def test_what_a_command_does_not_tell_stays_as_the_host_has_it() -> None:
    settings = Tools(flow_secrets={"B": ["no-such-program-here"]})
    host = host_with(GIVEN, {"A": GIVEN["A"]}, settings)
    assert filled(host) == []


@pytest.mark.parametrize(
    "text", ["", "no line break", "A=1\n", "A=1\n.", "+SECRET_X=eA==\n", "A=1\n\n\n"]
)
@pytest.mark.parametrize(
    "flows", [None, "", "# x\nSECRET_A=eA==\nSECRET_B=\nother=1\nSECRET_c=x\n"]
)
def test_both_files_come_in_one_look(text: str, flows: str | None, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(text)
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / "config").mkdir()
    if flows is not None:
        (tmp_path / "config" / "flow-secrets.env").write_text(flows)
    asked = env_look(str(tmp_path)).text
    done = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, check=True)
    host = FakeHost({}, {"stat -c": (True, done.stdout, "")})
    try:
        env = read_env(host.as_host, str(tmp_path))
    except EnvFileError:
        assert text in ("no line break", "A=1\n.", "+SECRET_X=eA==\n")
        return
    assert env.text == text
    assert env.of_flows == ({"SECRET_A": "eA==", "SECRET_B": ""} if flows else {})


def test_an_env_that_is_no_file_is_still_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    done = subprocess.run(
        ["sh", "-c", env_look(str(tmp_path)).text], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "it is no file\n")


def test_logs_are_shown_without_them() -> None:
    env = read_env(host_with(GIVEN, GIVEN).as_host, "/opt/kestra")
    struck = secrets_in(env, STACK)
    for value in ("Canary8 grüße", "Canary9", "second line", encoded(GIVEN["B"])):
        assert value in struck


def test_changes_have_names_alone() -> None:
    assert changes({"A": "1", "B": "2"}, {"B": "3", "C": "4"}) == {
        "A": "given by nobody any more",
        "B": "another one",
        "C": "missing",
    }


def test_the_list_says_where_each_comes_from_and_how_the_hosts_is() -> None:
    settings = Tools(
        flow_secrets={
            "BY_COMMAND": [sys.executable, "-c", "print('c')"],
            "FAILS": ["no-such-program-here", "Canary-argument"],
        }
    )
    host = host_with(
        {"A": "other", "BY_COMMAND": "c", "OLD": "x"}, {"A": "a", "NEW": "n"}, settings
    )
    host.facts[Survey] = HostSurvey()
    with ctx_config.use(Config()):
        seen = secrets_of(host.as_host)
    assert seen.reason == ""
    assert seen.secrets == (
        SecretState("A", ".env", "another one"),
        SecretState("BY_COMMAND", f"{sys.executable} …", "as given"),
        SecretState("FAILS", "no-such-program-here …", "no value here"),
        SecretState("NEW", ".env", "missing"),
        SecretState("OLD", "nobody", "given by nobody any more"),
    )
    assert seen.exit_code == 2
    shown = f"{render([seen])}{seen.as_json()}"
    assert "SECRET_FAILS has no value: no-such-program-here cannot be run here" in shown
    assert "Canary" not in shown


def test_flows_alone_are_not_written_before_the_host_has_what_they_ask_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    namespace = tmp_path / "flows" / "a.b"
    namespace.mkdir(parents=True)
    source = "id: x\nnamespace: a.b\nv: \"{{ secret('A') ~ secret('NEW') }}\"\n"
    (namespace / "x.yaml").write_text(source)
    host = host_with({"A": "on the host"}, {})
    host.run.hosts["fake"].flows = tree.of(["flows"], tmp_path)
    inventory = SimpleNamespace(get_host=lambda name: host)
    vars(host.state).update(inventory=inventory, failed_hosts=set(), active_hosts={host})
    with ctx_host.use(host), ctx_config.use(Config()), pytest.raises(PyinfraError):
        secrets_there(Tools())
    said = capsys.readouterr().err
    assert "secret('NEW')" in said
    assert f"{namespace}/x.yaml:3" in said
    assert "secret('A')" not in said
    (namespace / "x.yaml").write_text(source.replace("NEW", "a"))
    host.run.hosts["fake"].flows = tree.of(["flows"], tmp_path)
    with ctx_host.use(host), ctx_config.use(Config()):
        secrets_there(Tools())
