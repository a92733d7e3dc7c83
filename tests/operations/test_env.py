"""`.env` on the host: settings are put back, secrets kept, and nothing of it shown."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from pyinfra.api.command import PyinfraCommand, StringCommand

from kestra_provision.operations import env
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile
from tests.operations.fake_host import FakeHost, call, yielded

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


def host_with(text: str | None, access: str = "600 0 0") -> FakeHost:
    shown = "" if text is None else f"{access}\n{text}."
    return FakeHost(answers={"stat -c": (True, shown, "")})


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


def test_right_file_is_left_alone() -> None:
    host = host_with(TEXT)
    assert converge(host) == []
    assert host.noops == ["/opt/kestra/.env holds settings and secrets"]
    assert host.logs == []
    assert_nothing_shown(host, [], *SECRETS.values())


def test_file_is_read_without_a_trace() -> None:
    host = host_with(TEXT)
    converge(host)
    ((_, arguments),) = host.ran
    assert arguments["print_output"] is False
    assert arguments["print_input"] is False


def test_fresh_host_gets_a_file_with_new_secrets() -> None:
    host = host_with(None)
    commands = converge(host)
    text = written(commands)
    assert text.startswith("# Managed by kestra-provision. ")
    values = EnvFile.parse(text).values
    assert set(values) == {*SETTINGS, *passwords.NAMES}
    assert {key: values[key] for key in SETTINGS} == SETTINGS
    for name in passwords.NAMES:
        assert passwords.refusal(name, values[name]) is None
    assert host.logs == []
    assert_nothing_shown(host, commands, *(values[name] for name in passwords.NAMES))


def test_file_is_written_closed_and_roots() -> None:
    (command,) = converge(host_with(None))
    assert isinstance(command, StringCommand)
    raw = command.get_raw_value()
    assert "&& umask 077 && cat > /opt/kestra/..env.kestra-provision && " in raw
    assert "chmod 600" in raw
    assert "mv -fT /opt/kestra/..env.kestra-provision /opt/kestra/.env" in raw


def test_given_secrets_are_used_where_the_host_has_none() -> None:
    host = host_with(None)
    commands = converge(host, GIVEN)
    values = EnvFile.parse(written(commands)).values
    assert {name: values[name] for name in passwords.NAMES} == GIVEN
    assert host.logs == []
    assert_nothing_shown(host, commands, *GIVEN.values())


@pytest.mark.parametrize("missing", passwords.NAMES)
@pytest.mark.parametrize("left", ["", "{}=\n"], ids=["no line", "empty"])
def test_missing_secret_is_added_and_the_others_kept(missing: str, left: str) -> None:
    kept = {name: value for name, value in SECRETS.items() if name != missing}
    text = "".join(f"{k}={v}\n" for k, v in {**SETTINGS, **kept}.items()) + left.format(missing)
    host = host_with(text)
    commands = converge(host, GIVEN)
    values = EnvFile.parse(written(commands)).values
    assert values == {**SETTINGS, **kept, missing: GIVEN[missing]}
    assert_nothing_shown(host, commands, *SECRETS.values(), *GIVEN.values())


def test_secrets_of_the_host_are_kept_whatever_is_given() -> None:
    host = host_with(TEXT)
    assert converge(host, GIVEN) == []
    assert [line.split()[1].rstrip(":") for line in host.logs] == list(GIVEN)
    assert "differs from yours, and is kept" in host.logs[0]
    assert_nothing_shown(host, [], *SECRETS.values(), *GIVEN.values())


HOOK = "https://hooks.example.com/T0/canary7hook?a=$b"
LINE = f"{passwords.WEBHOOK}='{HOOK}'\n"


def test_no_webhook_is_nothing_to_say_and_none_is_made_up() -> None:
    host = host_with(TEXT)
    assert converge(host) == []
    assert host.logs == []
    assert passwords.WEBHOOK not in EnvFile.parse(written(converge(host_with(None)))).values


def test_a_file_without_a_webhook_costs_no_second_look() -> None:
    host = host_with(TEXT)
    converge(host)
    assert len(host.ran) == 1


@pytest.mark.parametrize(
    ("text", "actual"),
    [(TEXT, "missing"), (f"{TEXT}{passwords.WEBHOOK}=https://example.com/old\n", "another one")],
)
def test_given_webhook_replaces_the_hosts(text: str, actual: str) -> None:
    host = host_with(text)
    commands = converge(host, {passwords.WEBHOOK: HOOK})
    assert written(commands) == TEXT + LINE
    said = f".env: {passwords.WEBHOOK}: {actual}; declared: yours"
    assert host.logs == ([said] if actual != "missing" else [])
    assert_nothing_shown(host, commands, HOOK, "example.com/old")


@pytest.mark.parametrize("given", [{}, {passwords.WEBHOOK: HOOK}], ids=["not given", "given"])
def test_webhook_of_the_host_is_kept_and_no_foreign_key(given: dict[str, str]) -> None:
    host = host_with(TEXT + LINE)
    assert converge(host, given) == []
    assert host.logs == []


def test_the_same_secret_given_again_is_nothing_to_say() -> None:
    host = host_with(TEXT)
    assert converge(host, SECRETS) == []
    assert host.logs == []


def test_hand_edited_setting_is_put_back_and_said() -> None:
    host = host_with(TEXT.replace("KESTRA_HTTP_PORT=8080", "KESTRA_HTTP_PORT=9999"))
    commands = converge(host)
    assert written(commands) == TEXT
    assert host.logs == [
        ".env: KESTRA_HTTP_PORT: edited, or the inventory is newer; declared: the inventory's value"
    ]
    assert_nothing_shown(host, commands, *SECRETS.values())


def test_removed_setting_is_put_back_and_said() -> None:
    host = host_with(TEXT.replace("KESTRA_DB_NAME=kestra\n", ""))
    assert EnvFile.parse(written(converge(host))).values == {**SETTINGS, **SECRETS}
    assert host.logs == [".env: KESTRA_DB_NAME: removed; declared: the inventory's value"]


def test_comments_and_own_keys_are_kept_and_named() -> None:
    text = f"# mine\n\n{TEXT}MY_TOKEN='do not show'\n"
    host = host_with(text)
    assert converge(host) == []
    assert host.logs == [".env: MY_TOKEN: a key of the operator's own, kept"]
    changed = host_with(text.replace("8080", "1"))
    commands = converge(changed)
    assert written(commands) == text
    for seen in (host, changed):
        assert_nothing_shown(seen, commands, "do not show")


@pytest.mark.parametrize("access", ["644 0 0", "600 1000 0", "600 0 1000", "640 0 0"])
def test_wrong_owner_or_mode_is_repaired_with_the_same_content(access: str) -> None:
    assert written(converge(host_with(TEXT, access))) == TEXT


@pytest.mark.parametrize(
    "text",
    ["\ufeff" + TEXT, TEXT.replace("\n", "\r\n"), TEXT[:-1], TEXT[:-1] + "\r"],
    ids=["byte order mark", "Windows' line ends", "no last line end", "half a line end"],
)
def test_what_an_editor_left_is_written_back_clean(text: str) -> None:
    host = host_with(text)
    assert written(converge(host)) == TEXT
    assert host.logs == [
        "/opt/kestra/.env: a byte order mark or other line ends; declared: UTF-8, one line a key"
    ]


def host_with_container(text: str | None, **environment: str) -> FakeHost:
    """The file, and Kestra's container with these variables; its database is there as well."""
    host = host_with(text)
    variables = [f"{key}={value}" for key, value in environment.items()]
    lines = [json.dumps({"service": "kestra", "environment": variables})] if variables else []
    shown = "\n".join([*lines, '"tools-kestra_postgres-data"'])
    host.answers["docker inspect"] = (True, shown, "")
    return host


IN_CONTAINER = {
    "DB_PASSWORD": SECRETS[passwords.DB],
    "BASICAUTH_PASSWORD": SECRETS[passwords.BASIC_AUTH],
    "ENCRYPTION_SECRET_KEY": SECRETS[passwords.ENCRYPTION],
}


@pytest.mark.parametrize("text", [None, "", TEXT[:-5]], ids=["deleted", "emptied", "cut off"])
def test_secrets_come_back_from_the_container(text: str | None) -> None:
    """Whatever the operator gives: the database and what is encrypted know the old ones only."""
    host = host_with_container(text, **IN_CONTAINER)
    commands = converge(host, GIVEN)
    values = EnvFile.parse(written(commands)).values
    assert {name: values[name] for name in passwords.NAMES} == SECRETS
    back = f".env: {passwords.ENCRYPTION}: missing or cut off, and taken from our container"
    assert any(line.startswith(back) for line in host.logs)
    assert_nothing_shown(host, commands, *SECRETS.values(), *GIVEN.values())


def test_nothing_is_made_up_for_a_database_whose_secrets_are_gone() -> None:
    host = host_with_container(None)
    (command,) = converge(host)
    assert call(command, host) is False
    assert "KESTRA_DB_PASSWORD and KESTRA_ENCRYPTION_SECRET_KEY" in host.logs[0]


def test_two_runs_agree() -> None:
    first = written(converge(host_with(None)))
    assert converge(host_with(first)) == []


def test_broken_file_fails_with_its_line_and_without_its_content() -> None:
    host = host_with(f"{TEXT}secret without a key\n")
    (command,) = converge(host)
    assert call(command, host) is False
    assert host.logs == ["/opt/kestra/.env: line 6 is not KEY=value; the file was left as it is"]
    assert_nothing_shown(host, [command], "secret without a key", *SECRETS.values())


def test_unreadable_file_fails_with_the_reason() -> None:
    host = FakeHost(answers={"stat -c": (False, "", "cat: /opt/kestra/.env: Input/output error")})
    (command,) = converge(host)
    assert call(command, host) is False
    assert host.logs == [
        "/opt/kestra/.env cannot be read: cat: /opt/kestra/.env: Input/output error"
    ]


def test_secret_that_cannot_be_written_fails_this_host_only() -> None:
    """An exception in an operation would end the run of all hosts."""
    host = host_with(None)
    given = {passwords.DB: "it's-not-writable"}
    (command,) = converge(host, given)
    assert call(command, host) is False
    assert_nothing_shown(host, [command], *given.values())
