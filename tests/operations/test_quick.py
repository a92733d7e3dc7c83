"""Profile `quick` on a host: its secrets, and what its data needs of them."""

from __future__ import annotations

import json

from pyinfra.api.command import StringCommand

from kestra_provision.operations import env
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.quick import Quick
from kestra_provision.secrets.env import HostEnv, read_env
from kestra_provision.secrets.recovered import lost_secrets, remains, remains_look
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile
from tests.operations.fake_host import FakeHost, yielded

STACK = stack_of(Quick())
FILE = "/opt/kestra/tools/kestra/database/kestra.mv.db"
NO_ENV = HostEnv(EnvFile.parse(""), "", wanted=STACK.secret_names)


def test_env_gets_the_secrets_of_the_stack_and_no_other() -> None:
    host = FakeHost(settings=Quick())
    (command,) = yielded(host, env.converged, stack=STACK, given={})
    assert isinstance(command, StringCommand)
    written = EnvFile.parse(str(command.connector_arguments["_stdin"])).values
    assert {name for name in written if "PASSWORD" in name or "KEY" in name} == {
        *STACK.secret_names
    }
    assert not [name for name in written if "_DB_" in name]


def test_env_without_a_database_password_is_complete() -> None:
    text = "".join(f"{name}=Obviously-fake-1\n" for name in STACK.secret_names)
    host = FakeHost(
        answers={"/opt/kestra/.env": (True, f"600 0 0\n{text}.\n", "")}, settings=Quick()
    )
    assert not read_env(host.as_host, "/opt/kestra").incomplete


def test_key_of_a_database_in_a_file_is_not_made_anew() -> None:
    host = FakeHost(answers={"docker_says inspect": (True, json.dumps(FILE), "")}, settings=Quick())
    found = remains(host.as_host, STACK)
    assert found.file == FILE
    lost = found.lost(NO_ENV, {}, STACK.bound)
    assert [secret.name for secret in lost] == [passwords.ENCRYPTION]
    (problem,) = map(str, lost_secrets(STACK, found, lost))
    assert f"of the database in {FILE} are nowhere" in problem
    assert f"rm {FILE}" in problem


def test_the_file_is_looked_for() -> None:
    assert FILE in remains_look(STACK).text
