"""Variables that an operator may give to Kestra, and those that are refused before anything."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kestra_provision.profiles import SETTINGS
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.profiles.quick import Quick
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings, SettingsError, load
from kestra_provision.settings.variables import Place, places

VALUE = "Obviously-fake-value"
#: By name, what the refusal says.
VARIABLES = {
    "SECRET_X": "a secret of flows stands in .env beside deploy.py, or flow_secrets has a",
    "SECRET_": "a secret of flows",
    "KESTRA_DB_PASSWORD": "is a secret of the stack",
    "KESTRA_BASICAUTH_PASSWORD": "is a secret of the stack",
    "N8N_ENCRYPTION_KEY": "is a secret of the stack",
    "KESTRA_NOTIFY_WEBHOOK": "is a secret of the stack",
    "DB_PASSWORD": "is a secret of the stack",
    "PGPASSWORD": "is a secret of the stack",
    "POSTGRES_PASSWORD": "is a secret of the stack",
    "KESTRA_DB_PASSWORD_FILE": "give the value itself",
    "CONFIG_FILE": "give the value itself",
    "JAVA_OPTS": "set kestra_memory_mb",
    "KESTRA_JAVA_OPTS": "set kestra_memory_mb",
    "TZ": "set kestra_time_zone",
    "LANG": "names of files",
    "LC_ALL": "names of files",
    "KESTRA_CONFIGURATION": "set kestra_config",
    "MICRONAUT_CONFIG_FILES": "kestra_config",
    "PATH": "need it as it is",
    "LD_PRELOAD": "need it as it is",
    "BASH_ENV": "need it as it is",
    "KESTRA_URL": "is kestra.url, which is ours: set kestra_url",
    "KESTRA_SERVER_BASIC_AUTH_USERNAME": "set basic_auth_username",
    "KESTRA_SERVER_BASIC_AUTH_OPEN_URLS_0": "set kestra_open_urls",
    "kestra_server_basic_auth_open_urls": "set kestra_open_urls",
    "DATASOURCES_POSTGRES_URL": "which is ours",
    "DATASOURCES_H2_PASSWORD": "KESTRA_DB_PASSWORD in .env",
    "MICRONAUT_SERVER_PORT": "set http_port",
    "MICRONAUT_SECURITY_ENABLED": "which is ours",
    "ENDPOINTS_ALL_PORT": "set management_port",
    "LOGGER_LEVELS_IO_KESTRA": "set kestra_log_levels",
    "KESTRA_JDBC_EXECUTOR_THREAD_COUNT": "set kestra_executor_threads",
    "KESTRA_HTTP_PORT": "is a name of the stack's own",
    "KESTRA_BASICAUTH_USERNAME": "is a name of the stack's own",
    "1ST": "is no name of a variable",
    "A-B": "is no name of a variable",
    "A.B": "is no name of a variable",
    "A=B": "is no name of a variable",
    "": "is no name of a variable",
    "Ä": "is no name of a variable",
    "A ": "is no name of a variable",
}


def refused(settings: type[Settings] = Tools, **given: Any) -> str:
    """Every line of the refusal, as a deploy shows it."""
    profile = str(settings.model_fields["profile"].default)
    with pytest.raises(SettingsError) as error:
        load("h", [("here", {"profile": profile, **given})], SETTINGS)
    return "\n".join(f"{p.what}; {p.where}; {p.fix}" for p in error.value.problems["h"])


@pytest.mark.parametrize(("name", "why"), VARIABLES.items(), ids=[*map(repr, VARIABLES)])
def test_a_variable_that_is_not_the_operators_is_refused(name: str, why: str) -> None:
    told = refused(kestra_env={name: VALUE, "FINE": "x"})
    assert why in told
    assert f"kestra_env: {name} " in told
    assert told.count("kestra_env: ") == 1
    assert "kestra_env in here" in told
    assert VALUE not in told


@pytest.mark.parametrize("name", ["DB_NAME", "DB_USER", "N8N_PORT", "db_name"])
def test_names_of_other_containers_of_the_stack_are_its_own(name: str) -> None:
    assert "is a name of the stack's own" in refused(DevOrch, kestra_env={name: "x"})
    assert Quick(kestra_env={name: "x"}).kestra_env == {name: "x"}


@pytest.mark.parametrize(
    "name",
    ["BACKEND_URL", "MICRONAUT_ENVIRONMENTS", "ENV_X", "ENV_SECRET_X", "MY_SECRET_X", "FILES",
     "JDK_JAVA_OPTIONS", "API_TOKEN", "KESTRA_PLUGINS_X", "DATASOURCES", "_", "http_proxy", "NO"],
)  # fmt: skip
@pytest.mark.parametrize("profile", [Tools, Quick, DevOrch])
def test_a_variable_of_the_operators_is_taken(name: str, profile: type[Settings]) -> None:
    given = profile.model_validate({"kestra_env": {name: "$ ' \" \n ä"}})
    assert given.kestra_env == {name: "$ ' \" \n ä"}


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"A": "x\0y"}, "kestra_env: A holds a NUL byte"),
        ({"A": "x\udc80"}, "kestra_env: A holds bytes that are no UTF-8"),
        ({"A": "x" * 131_072}, "kestra_env: A is longer than 128 KiB"),
        ({f"A{n}": "x" * 100_000 for n in range(11)}, "kestra_env is longer than 1 MiB"),
        ({"ENV_a": "1", "ENV_A": "2"}, "ENV_a and ENV_A differ in case alone"),
        ({"PORT": 8080}, "kestra_env: PORT: Input should be a valid string"),
        ({"ON": True}, "kestra_env: ON: Input should be a valid string"),
        ({"API_TOKEN": [VALUE]}, "kestra_env: API_TOKEN: Input should be a valid string"),
        ({5: "x"}, "Input should be a valid string"),
        ([f"A={VALUE}"], "kestra_env: Input should be a valid dictionary"),
        (f"API_TOKEN={VALUE}", "kestra_env: Input should be a valid dictionary"),
        (None, "kestra_env: Input should be a valid dictionary"),
    ],
)
def test_variables_that_cannot_be_are_refused_without_their_values(env: Any, why: str) -> None:
    told = refused(kestra_env=env)
    assert why in told
    assert VALUE not in told


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://backend", Place("http://backend:80", "backend", 80)),
        (
            "HTTPS://Me:pass@Backend.example/x?y=z#f",
            Place("https://backend.example:443", "backend.example", 443),
        ),
        ("http://10.0.0.5:8000/", Place("http://10.0.0.5:8000", "10.0.0.5", 8000)),
        ("https://[2001:db8::1]:8443", Place("https://[2001:db8::1]:8443", "2001:db8::1", 8443)),
        (
            "http://bücher.example/",
            Place("http://xn--bcher-kva.example:80", "xn--bcher-kva.example", 80),
        ),
        ("http://", None),
        ("http://:80/", None),
        ("http://x:99999/", None),
        ("http://x:y/", None),
        ("http://a b/", None),
        ("http://$(id)/", None),
        ("http://..x/", None),
    ],
)
def test_an_address_leads_to_a_server_without_its_password(url: str, place: Place | None) -> None:
    assert places({"BACKEND_URL": url, "X": url, "DB_URL": "jdbc:postgresql://db/"}) == {
        "BACKEND_URL": place
    }


def test_a_refusal_of_pydantic_names_each_key() -> None:
    with pytest.raises(ValidationError) as error:
        Tools.model_validate({"kestra_env": {"A": 1, "B": 2, "C": "x"}})
    assert [each["loc"] for each in error.value.errors()] == [
        ("kestra_env", "A"),
        ("kestra_env", "B"),
    ]
