"""Files with secrets: filled in from `.env` as it is at that moment, and shown nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pyinfra.api.command import PyinfraCommand, StringCommand

from kestra_provision.facts.paths import Paths, PathsSeen, PathState, User
from kestra_provision.operations import paths
from kestra_provision.run.failure import Failure
from kestra_provision.secrets.recovered import remains
from kestra_provision.settings import passwords
from kestra_provision.stack.configuration import marked
from kestra_provision.stack.files import Rendered
from tests.operations.env_host import SECRETS, STACK, TEXT, host_with
from tests.operations.fake_host import FakeHost, yielded

APPLICATION, COMPOSE = "/opt/kestra/config/application.yaml", "/opt/kestra/compose.yaml"
EDITED = {**SECRETS, passwords.BASIC_AUTH: "Edited-by-hand-1"}


def render(secrets: Mapping[str, str]) -> list[Rendered]:
    """A file with all of them, and one with its sum."""
    lines = [f"x: {marked(name, secrets.get(name, ''))}\n" for name in STACK.secret_names]
    application = Rendered(APPLICATION, "".join(lines), "640", reader="kestra")
    return [application, Rendered(COMPOSE, f"label: {application.sha256}\n", "644")]


def written(secrets: Mapping[str, str]) -> dict[str, PathState]:
    """The host after a deploy with these."""
    application, compose = render(secrets)
    return {
        APPLICATION: PathState("file", "640", 0, 1002, application.sha256),
        COMPOSE: PathState("file", "644", 0, 0, compose.sha256),
    }


def host_as(
    env: str | None, there: Mapping[str, PathState], started: Mapping[str, str] | None = None
) -> FakeHost:
    """
    + env: text of its `.env`
    + there: its files
    + started: secrets that its container was started with
    """
    host = host_with(env)
    host.facts[Paths] = PathsSeen({**there}, {"kestra": User(1001, 1002)})
    told = [f"configuration of kestra x: {marked(*each)}" for each in (started or {}).items()]
    told += ['"tools-kestra_postgres-data"'] if started else []
    host.answers["docker_says inspect"] = (True, "\n".join(told), "")
    return host


def filled(host: FakeHost) -> list[PyinfraCommand]:
    return yielded(host, paths.filled, render=render)


def on_stdin(commands: list[PyinfraCommand]) -> list[str]:
    written = [command for command in commands if isinstance(command, StringCommand)]
    assert len(written) == len(commands)
    return [str(command.connector_arguments["_stdin"]) for command in written]


def text(secrets: Mapping[str, str]) -> str:
    return "".join(f"{key}='{value}'\n" for key, value in secrets.items())


def test_files_get_the_secrets_of_env() -> None:
    commands = filled(host_as(TEXT, {}))
    assert on_stdin(commands) == [file.content for file in render(SECRETS)]


def test_the_same_secrets_are_no_change() -> None:
    host = host_as(TEXT, written(SECRETS), SECRETS)
    assert filled(host) == []
    assert len(host.ran) == 1, "nothing else is asked"


def test_nothing_of_a_secret_is_shown() -> None:
    host = host_as(text(EDITED), written(SECRETS), SECRETS)
    remains(host.as_host, STACK)
    commands = filled(host)
    assert len(commands) == 2
    shown = host.said + "".join(f"{command} {command!r}" for command in commands)
    shown += "".join(c.get_raw_value() for c in commands if isinstance(c, StringCommand))
    shown += repr(render(EDITED))
    assert not [value for value in (*SECRETS.values(), *EDITED.values()) if value in shown]


def test_an_edited_secret_is_the_reason_that_is_given() -> None:
    host = host_as(text(EDITED), written(SECRETS), SECRETS)
    remains(host.as_host, STACK)  # as preflight asked
    filled(host)
    reason = "written for another KESTRA_BASICAUTH_PASSWORD than .env has; declared: as rendered"
    assert host.logs == [f"{APPLICATION}: {reason}", f"{COMPOSE}: {reason}"]


def test_a_file_that_a_hand_changed_as_well_is_other_content() -> None:
    there = written(SECRETS)
    there[APPLICATION] = replace(there[APPLICATION], sha256="0" * 64)
    host = host_as(text(EDITED), there, SECRETS)
    remains(host.as_host, STACK)
    filled(host)
    assert host.logs[0].startswith(f"{APPLICATION}: other content, written ")


@pytest.mark.parametrize("env", [None, ""], ids=["deleted", "emptied"])
def test_a_plan_takes_lost_secrets_from_where_the_deploy_will(env: str | None) -> None:
    assert filled(host_as(env, written(SECRETS), SECRETS)) == []


def test_a_plan_for_a_fresh_host_writes_them() -> None:
    assert len(filled(host_as(None, {}))) == 2


def test_a_file_that_cannot_be_read_fails_this_host_only() -> None:
    (failure,) = filled(host_as("no value\n", written(SECRETS)))
    assert isinstance(failure, Failure)
    assert "line 1 is not KEY=value" in failure.message
