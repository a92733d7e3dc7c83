"""The settings of a registry: which images are there, and whose password it is."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from kestra_provision.profiles.tools import Tools
from kestra_provision.run import session
from kestra_provision.settings import operator_environment, passwords
from kestra_provision.settings.versions import registry_of
from tests.operations.fake_host import FakeHost


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("postgres:17", "docker.io"),
        ("kestra/kestra:v1.3.39", "docker.io"),
        ("docker.io/kestra/kestra:v1", "docker.io"),
        ("registry.example.com/kestra:v1", "registry.example.com"),
        ("127.0.0.1:5000/a/b/kestra:v1", "127.0.0.1:5000"),
        ("localhost/kestra:v1", "localhost"),
    ],
)
def test_registry_of(image: str, registry: str) -> None:
    assert registry_of(image) == registry


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"registry": "docker.io"}, "registry and registry_username need each other"),
        ({"registry_username": "me"}, "registry and registry_username need each other"),
        (
            {"registry": "r.example.com", "registry_username": "me"},
            "registry r.example.com is not that of kestra_image or postgres_image",
        ),
        ({"no_proxy": ["a"]}, "no_proxy is set, and http_proxy is not"),
    ],
)
def test_settings_that_do_not_fit_together(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Tools(**given)


def test_password_comes_from_the_laptop_and_goes_to_no_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in passwords.GIVEN:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text("KESTRA_REGISTRY_PASSWORD='short'\n")
    _, secrets = operator_environment(tmp_path, [Tools])
    host = FakeHost(settings=Tools(registry="docker.io", registry_username="me"))
    host.run.secrets = secrets
    assert session.given_secrets(host.as_host) == {}
    login = session.login_of(host.as_host)
    assert login is not None
    assert (login.registry, login.username, login.password) == ("docker.io", "me", "short")
    assert session.login_of(FakeHost().as_host) is None


def test_any_printable_password_is_taken() -> None:
    assert passwords.refusal(passwords.REGISTRY, "x'${y}\\") is None
    assert passwords.refusal(passwords.REGISTRY, "a\nb")
