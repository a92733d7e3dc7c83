"""A secret among the keys of a namespace is refused by what it is called, with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from kestra_provision.flows.exposed import exposed
from kestra_provision.flows.values import Value, read
from kestra_provision.settings.flow_secrets import encoded
from kestra_provision.sync.item import Item
from kestra_provision.text.problem import Problem

VALUE = "Canary-in-the-store"


def store(folder: Path, text: str) -> tuple[dict[Item, Value], list[Problem]]:
    namespace = folder / "a.b"
    namespace.mkdir()
    (namespace / "_kv.yaml").write_text(text)
    return read(namespace)


def refused(folder: Path, text: str) -> list[str]:
    return [str(problem) for problem in store(folder, text)[1]]


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("password", "PASSWORD"),
        ("db_password", "DB_PASSWORD"),
        ("DB-Passwd", "DB_PASSWD"),
        ("smtp.pwd", "SMTP_PWD"),
        ("TOKEN", "TOKEN"),
        ("slack_token", "SLACK_TOKEN"),
        ("slackToken", "SLACKTOKEN"),
        ("client_secret", "CLIENT_SECRET"),
        ("SECRET_SLACK", "SLACK"),
        ("api_key", "API_KEY"),
        ("apikey", "APIKEY"),
        ("ssh-private-key", "SSH_PRIVATE_KEY"),
        ("aws.secret.access_key", "AWS_SECRET_ACCESS_KEY"),
        ("credentials", "CREDENTIALS"),
        ("senha", "SENHA"),
        ("db.passwort", "DB_PASSWORT"),
    ],
)
@pytest.mark.parametrize("value", [VALUE, "123456", "[one, two]", "'P@ss\"'"])
def test_it_is_refused(key: str, asked: str, value: str, tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, f"{key}: {value}\n")
    assert "everybody who logs in reads the store" in problem
    assert f"SECRET_{asked} in .env" in problem
    assert f"secret('{asked}')" in problem
    assert VALUE not in problem


@pytest.mark.parametrize(
    "text",
    [
        f"smtp: {{host: example.com, password: {VALUE}}}\n",
        f"all: {{a: {{b: [{{apiToken: {VALUE}}}]}}}}\n",
    ],
)
def test_so_is_one_within_json(text: str, tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, text)
    assert "in it is what a secret is called" in problem
    assert VALUE not in problem


@pytest.mark.parametrize(
    "line",
    [
        "max_tokens: 4096",
        "tokens_per_minute: 10",
        "token_count: 5",
        "tokenizer: cl100k",
        "password_length: 12",
        "password_policy: strict",
        "secretary: Ms. Moneypenny",
        "secret_santa: bob",
        "passenger: 3",
        "monkey: see",
        "primary_key: id",
        "partition_key: day",
        "keyboard: qwerty",
        "access_keys: 2",
        "compass: north",
        "rotate_token: true",
        "token: 2026-01-01",
        "refresh_token: PT5M",
    ],
)
def test_a_name_that_only_sounds_like_one_is_none(line: str, tmp_path: Path) -> None:
    assert refused(tmp_path, f"{line}\n") == []


@pytest.mark.parametrize(
    "value",
    [
        # Put together here: whoever looks for secrets in files shall find none in this one.
        "AK" + "IA" + "ABCD" * 4,
        "Bearer gh" + "p_" + "a1B2" * 9,
        "glpat" + "-" + "abcd" * 5,
        "xox" + "b-" + "1234" * 3,
        "sk_" + "live_" + "4eC3" * 6,
        "postgres://app:hunter2@db:5432/app",
        "'-----BEGIN OPENSSH" + " PRIVATE KEY-----'",
    ],
)
def test_what_looks_like_one_is_refused_under_any_name(value: str, tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, f"shade: {{a: [{value}]}}\n")
    assert "its value looks like a secret, and everybody who logs in reads the store" in problem
    assert value.strip("'") not in problem


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com:8443/@me",
        "postgres://db:5432/app",
        "'postgres://app:{{secret(\"DB\")}}@db/app'",
        "AKIAB",
        "user@example.com",
        "ssh://git@example.com:22/x",
    ],
)
def test_what_does_not_is_taken(value: str, tmp_path: Path) -> None:
    assert refused(tmp_path, f"shade: {value}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        f"url: {VALUE}\n",
        f"url: https://example.com/{VALUE}/x\n",
        f"url: {encoded(VALUE)}\n",
        f"all: {{a: [1, {{b: 'x {VALUE}'}}]}}\n",
        f"all: {{{VALUE}: 1}}\n",
    ],
)
def test_the_value_of_one_is_refused_under_any_name(text: str, tmp_path: Path) -> None:
    (problem,) = exposed(store(tmp_path, text)[0], {"OTHER": "another-value", "HOOK": VALUE})
    assert "has the value of SECRET_HOOK, and everybody who logs in reads the store" in str(problem)
    assert "a.b/_kv.yaml" in str(problem)
    assert "secret('HOOK')" in str(problem)
    assert VALUE not in str(problem)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("limit: 42\n", "42"),
        ("colour: blue\n", "blue"),
        ("at: production-1\n", "production"),
        ("enabled: true\n", "true"),
        ("url: https://example.com/\n", VALUE),
    ],
)
def test_a_word_that_stands_anywhere_is_not(text: str, secret: str, tmp_path: Path) -> None:
    assert [*exposed(store(tmp_path, text)[0], {"HOOK": secret})] == []
