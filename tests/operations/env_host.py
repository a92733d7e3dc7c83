"""A host with a `.env`, the operation that puts it right, and what it wrote."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyinfra.api.command import PyinfraCommand, StringCommand

from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.operations import env
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import passwords
from tests.operations.fake_host import FakeHost, yielded

DECLARED = stack_of(Tools())
SETTINGS = {"KESTRA_HTTP_PORT": "8080", "KESTRA_DB_NAME": "kestra"}
SECRETS = {
    passwords.DB: "host-database-password",
    passwords.BASIC_AUTH: "Host-basic-auth-1",
    passwords.ENCRYPTION: "aG9zdC1rZXktaG9zdC1rZXktaG9zdC1rZXktMzIhISE=",
}
GIVEN = {
    passwords.DB: "given-database-password",
    passwords.BASIC_AUTH: "Given-basic-auth-1",
    passwords.ENCRYPTION: "Z2l2ZW4ta2V5LWdpdmVuLWtleS1naXZlbi1rZXktMzI=",
}
TEXT = "".join(f"{key}={value}\n" for key, value in {**SETTINGS, **SECRETS}.items())

STACK = replace(
    DECLARED, services=tuple(replace(s, environment=SETTINGS) for s in DECLARED.services)
)


def host_with(
    text: str | None, access: str = "600 0 0", record: dict[str, Any] | None = None
) -> FakeHost:
    """+ record: settings of the last deploy"""
    shown = "" if text is None else f"{access}\n{text}."
    return FakeHost({SettingsRecord: record or {}}, {"stat -c": (True, shown, "")})


def converge(host: FakeHost, given: Mapping[str, str] | None = None) -> list[PyinfraCommand]:
    return yielded(
        host,
        env.converged,
        stack=STACK,
        given=given or {},
    )


def written(commands: list[PyinfraCommand]) -> str:
    (command,) = commands
    assert isinstance(command, StringCommand)
    return str(command.connector_arguments["_stdin"])


def assert_nothing_shown(host: FakeHost, commands: list[PyinfraCommand], *secrets: str) -> None:
    shown = "\n".join([host.said, *(f"{command} {command!r}" for command in commands)])
    shown += "\n".join(c.get_raw_value() for c in commands if isinstance(c, StringCommand))
    assert [secret for secret in secrets if secret in shown] == []
