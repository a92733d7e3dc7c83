"""Secrets in the host's `.env`: made, given, kept, brought back, and never shown."""

import pytest

from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.stack.configuration import marked
from tests.operations.env_host import (
    GIVEN,
    SECRETS,
    SETTINGS,
    TEXT,
    assert_nothing_shown,
    converge,
    host_with,
    written,
)
from tests.operations.fake_host import FakeHost, call
from tests.tools_secrets import TOOLS_SECRETS


def test_fresh_host_gets_a_file_with_new_secrets() -> None:
    host = host_with(None)
    commands = converge(host)
    text = written(commands)
    assert text.startswith("# Managed by kestra-provision. ")
    values = EnvFile.parse(text).values
    assert set(values) == {*SETTINGS, *TOOLS_SECRETS}
    assert {key: values[key] for key in SETTINGS} == SETTINGS
    for name in TOOLS_SECRETS:
        assert passwords.refusal(name, values[name]) is None
    assert host.logs == []
    assert_nothing_shown(host, commands, *(values[name] for name in TOOLS_SECRETS))


def test_given_secrets_are_used_where_the_host_has_none() -> None:
    host = host_with(None)
    commands = converge(host, GIVEN)
    values = EnvFile.parse(written(commands)).values
    assert {name: values[name] for name in TOOLS_SECRETS} == GIVEN
    assert host.logs == []
    assert_nothing_shown(host, commands, *GIVEN.values())


@pytest.mark.parametrize("missing", TOOLS_SECRETS)
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


def host_with_container(text: str | None, **secrets: str) -> FakeHost:
    """The file, and Kestra's container with these secrets; its database is there as well."""
    host = host_with(text)
    lines = [f"configuration of kestra  x: {marked(*each)}" for each in secrets.items()]
    shown = "\n".join([*lines, '"tools-kestra_postgres-data"'])
    host.answers["docker_says inspect"] = (True, shown, "")
    return host


@pytest.mark.parametrize("text", [None, "", TEXT[:-5]], ids=["deleted", "emptied", "cut off"])
def test_secrets_come_back_from_the_container(text: str | None) -> None:
    """Whatever the operator gives: the database and what is encrypted know the old ones only."""
    host = host_with_container(text, **SECRETS)
    commands = converge(host, GIVEN)
    values = EnvFile.parse(written(commands)).values
    assert {name: values[name] for name in TOOLS_SECRETS} == SECRETS
    back = f".env: {passwords.ENCRYPTION}: missing or cut off, and taken from our container"
    assert any(line.startswith(back) for line in host.logs)
    assert_nothing_shown(host, commands, *SECRETS.values(), *GIVEN.values())


def test_nothing_is_made_up_for_a_database_whose_secrets_are_gone() -> None:
    host = host_with_container(None)
    (command,) = converge(host)
    assert call(command, host) is False
    assert "KESTRA_DB_PASSWORD and KESTRA_ENCRYPTION_SECRET_KEY" in host.logs[0]


def test_secret_that_cannot_be_written_fails_this_host_only() -> None:
    """An exception in an operation would end the run of all hosts."""
    host = host_with(None)
    given = {passwords.DB: "it's-not-writable"}
    (command,) = converge(host, given)
    assert call(command, host) is False
    assert_nothing_shown(host, [command], *given.values())
