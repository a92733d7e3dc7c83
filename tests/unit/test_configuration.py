"""Secrets in a file that a service reads: to the letter, found again, and in no other place."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kestra_provision.profiles import stack_of
from kestra_provision.render.host.compose import render_compose
from kestra_provision.settings import Settings, passwords
from kestra_provision.settings.env_file import unwritable
from kestra_provision.settings.yaml_value import unplaceable
from kestra_provision.stack import configuration
from tests.awkward import READ_ALIKE, REFUSED
from tests.full import full_settings

NAME = "KESTRA_BASICAUTH_PASSWORD"
#: What a deploy would not write into `.env`, but a hand may have, between double quotes.
BY_HAND = [
    "it's",
    "ends\\",
    "a\\\\b",
    '"',
    "'",
    "x: y # z",
    '" # KESTRA_DB_PASSWORD',
    "no\u00a0break",
    "🔑",
]
UNPLACEABLE = [
    *(value for value in REFUSED if value not in BY_HAND),
    "a${b",
    "next\x85line",
    "line\u2028separator",
    "\ufeffmark",
    "c1\x9bcontrol",
]


def line(value: str) -> str:
    return f"      password: {configuration.marked(NAME, value)}"


@pytest.mark.parametrize("value", [*READ_ALIKE, *BY_HAND], ids=ascii)
def test_value_is_read_as_it_is_written(value: str) -> None:
    assert unplaceable(value) is None
    assert yaml.safe_load(line(value)) == {"password": value}
    assert configuration.found([line(value)], [NAME]) == {NAME: value}
    assert re.search(configuration.marks([NAME]), line(value))


@given(st.text(min_size=1, max_size=20))
def test_every_value_that_env_takes_is_read_as_it_is_written(value: str) -> None:
    if unwritable(value) is None and unplaceable(value) is None:
        test_value_is_read_as_it_is_written(value)


@pytest.mark.parametrize("value", UNPLACEABLE, ids=ascii)
def test_what_a_reader_would_take_for_something_else_is_refused(value: str) -> None:
    why = unplaceable(value)
    assert why
    assert value not in why
    assert passwords.refusal(NAME, f"Aa1-{value}-long")


def test_what_is_no_secret_of_these_names_is_none() -> None:
    lines = [
        line("kept"),
        '  url: "http://x" # the address',
        "  password: ${DB_PASSWORD}",
        f'  password: "half # {NAME}',
        f'  password: "\\q" # {NAME}',
        '  password: "x" # KESTRA_DB_PASSWORD',
        f'  password: "" # {NAME}',
    ]
    assert configuration.found(lines, [NAME]) == {NAME: "kept"}


@pytest.mark.parametrize("settings", full_settings(), ids=lambda each: str(each.profile))
def test_a_secret_is_a_variable_or_stands_in_a_file_and_never_both(settings: Settings) -> None:
    """Of every profile; a service that starts what others wrote has none as a variable."""
    stack = stack_of(settings)
    text = render_compose(settings, stack, stack.sizes(8000), "f" * 64)
    compose: dict[str, Any] = yaml.safe_load(text)["services"]
    for service in stack.services:
        taken = {*re.findall(r"\$\{(\w+)", str(compose[service.name]))}
        inside = {secret.name for secret in service.secrets if secret.inside}
        assert taken & {*stack.secret_names} == inside
        assert bool(service.configured) == (service.configuration is not None)
    assert not [secret for secret in stack["kestra"].secrets if secret.inside]
