"""Kestra's own configuration: its database, its secrets, its folders, and what it closes."""

import re
from typing import Any

import pytest
import yaml

from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import passwords
from tests.unit.rendered import FAKE, SETTINGS, application_of, compose_text


@pytest.fixture(params=SETTINGS, ids=str)
def settings(request: pytest.FixtureRequest) -> Tools:
    return SETTINGS[request.param]


@pytest.fixture
def kestra(settings: Tools) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(compose_text(settings))["services"]["kestra"]
    return found


@pytest.fixture
def application(settings: Tools) -> dict[str, Any]:
    return application_of(settings)


def test_application_names_database_and_address(
    settings: Tools, application: dict[str, Any]
) -> None:
    source = application["datasources"]["postgres"]
    database = f"{settings.postgres_container_name}:5432/{settings.db_name}"
    assert source["url"] == f"jdbc:postgresql://{database}"
    assert source["username"] == settings.db_user
    assert application["kestra"]["url"] == settings.url


def test_application_has_basic_auth_before_the_first_start(
    settings: Tools, application: dict[str, Any]
) -> None:
    assert application["kestra"]["server"]["basic-auth"] == {
        "enabled": True,
        "username": settings.basic_auth_username,
        "password": FAKE[passwords.BASIC_AUTH],
    }


def test_application_has_its_secrets_to_the_letter(application: dict[str, Any]) -> None:
    assert application["datasources"]["postgres"]["password"] == FAKE[passwords.DB]
    assert application["kestra"]["encryption"]["secret-key"] == FAKE[passwords.ENCRYPTION]
    assert application["kestra"]["server"]["basic-auth"]["password"] == FAKE[passwords.BASIC_AUTH]


def test_container_of_kestra_has_no_value_of_env_but_its_ports(kestra: dict[str, Any]) -> None:
    """Whatever a task starts inherits its variables, and `docker inspect` shows them."""
    assert {*kestra["environment"]} == {"JAVA_OPTS", "LANG"}
    taken = set(re.findall(r"\$\{(\w+)", str(kestra)))
    assert taken == {"KESTRA_HTTP_PORT", "KESTRA_MANAGEMENT_PORT"}


def test_application_uses_postgres_for_all_and_the_mounted_folders(
    application: dict[str, Any],
) -> None:
    kestra = application["kestra"]
    assert kestra["repository"]["type"] == kestra["queue"]["type"] == "postgres"
    assert kestra["storage"]["local"]["base-path"] == "/app/storage"
    assert kestra["tasks"]["tmp-dir"]["path"] == "/tmp/kestra-wd"


def test_application_closes_what_the_management_port_would_open(
    application: dict[str, Any],
) -> None:
    assert application["endpoints"] == {"stop": {"enabled": False}, "env": {"enabled": False}}


def test_application_sends_nothing_home(application: dict[str, Any]) -> None:
    kestra = application["kestra"]
    for key in ("anonymous-usage-report", "ui-anonymous-usage-report", "tutorial-flows"):
        assert kestra[key] == {"enabled": False}
