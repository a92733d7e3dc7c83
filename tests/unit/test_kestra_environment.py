"""What an operator may give to Kestra, and what is refused before anything is connected to."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from kestra_provision.profiles import SETTINGS, stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.profiles.quick import Quick
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.settings import Settings, SettingsError, load
from kestra_provision.settings.properties import leaves, ours, ours_by_variable, spelled

VALUE = "Obviously-fake-value"
#: By name, what the refusal says.
VARIABLES = {
    "SECRET_X": "a secret of flows does not belong into an inventory",
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


CONFIGURATIONS = {
    "kestra: {url: 'https://x/'}": "sets kestra.url, which is ours: set kestra_url",
    "kestra.url: x": "sets kestra.url, which is ours",
    "kestra: {server: {basicAuth: {username: x}}}": "set basic_auth_username",
    "kestra: {server: {basic_auth: {password: Obviously-fake-value}}}": "KESTRA_BASICAUTH_PASS",
    "kestra: {server.basic-auth: {open-urls: [/]}}": "set kestra_open_urls",
    "'kestra.server.basicAuth.openUrls[0]': /": "set kestra_open_urls",
    "kestra: {server: {basic-auth: off}}": "sets kestra.server.basic-auth, and kestra.server",
    "kestra: null": "sets kestra, and kestra.",
    "kestra: {url: {a: b}}": "sets kestra.url.a, and kestra.url is ours",
    "datasources: {postgres: {url: x}}": "say where its data is",
    "datasources: {other: {password: Obviously-fake-value}}": "KESTRA_DB_PASSWORD in .env",
    "logger: {levels: {io.kestra: DEBUG}}": "set kestra_log_levels",
    "logger.levels.root: DEBUG": "set kestra_log_levels",
    "micronaut: {server: {port: 80}}": "set http_port",
    "micronaut: {server: {ssl: {enabled: true}}}": "TLS ends at a proxy",
    "micronaut: {security: {enabled: true}}": "sets micronaut.security.enabled, which is ours",
    "endpoints: {all: {port: 80}}": "set management_port",
    "kestra: {storage: {type: s3}}": "sets kestra.storage.type, which is ours",
    "kestra: {jdbc: {executor: {threadCount: 3}}}": "set kestra_executor_threads",
    "a: [": "is no YAML, line 1",
    "a: b: c": "is no YAML, line 1: mapping values are not allowed here",
    "a: 1\nb: 2\na: Obviously-fake-value": "is no YAML, line 3: the key a stands twice",
    "a: {b: 1, b: 2}": "the key b stands twice",
    "a: !vault Obviously-fake-value": "is no YAML, line 1: could not determine a constructor",
    "a: 1\n---\nb: 2": "is no YAML, line 2",
    "a: *nobody": "is no YAML, line 1: found undefined alias",
    "a: \t- Obviously-fake-value\n": "is no YAML, line 1",
    "- a": "must be a mapping",
    "Obviously-fake-value": "must be a mapping",
    "5: a": "the key 5 is no text: quote it",
    "a: {true: b}": "the key True in a is no text: quote it",
    "a: !!binary aGFsbG8=": "a is a bytes, which YAML has not: write it as text",
    "a: '${NOBODY}'": "a wants ${NOBODY}, and kestra_env has no NOBODY",
    "a: [{b: 'x ${NOBODY} y'}]": "a wants ${NOBODY}",
}


@pytest.mark.parametrize(("text", "why"), CONFIGURATIONS.items(), ids=[*CONFIGURATIONS])
def test_configuration_that_is_ours_or_none_is_refused(text: str, why: str) -> None:
    told = refused(kestra_config=text)
    assert why in told
    assert "kestra_config" in told
    assert VALUE not in told


@pytest.mark.parametrize("given", [5, ["a"], {"a": object()}, {"a": {3: "x"}}, b"a: b"])
def test_configuration_of_another_kind_is_refused(given: object) -> None:
    assert refused(kestra_config=given).startswith("kestra_config: ")


def test_a_text_says_what_a_mapping_does() -> None:
    text = "a: {b: [1, '${X}', \"${Y:z}\"]}\nday: 2026-01-31\nnone: null\n"
    given = Tools(kestra_config=text, kestra_env={"X": "1"}).kestra_config
    assert given == {"a": {"b": [1, "${X}", "${Y:z}"]}, "day": "2026-01-31", "none": None}
    assert Tools(kestra_config=given, kestra_env={"X": "1"}).kestra_config == given
    assert Tools.model_validate({"kestra_config": ""}).kestra_config == {}


OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"kestra_open_urls": ["/"]}, "must begin with /api/v1/"),
    ({"kestra_open_urls": ["api/v1/main/executions/webhook/"]}, "must begin with /api/v1/"),
    ({"kestra_open_urls": ["/api/v1/"]}, "must name webhooks"),
    ({"kestra_open_urls": ["/api/v1/main/executions/"]}, "must name webhooks"),
    ({"kestra_open_urls": ["/api/v1/main/flows/executions/webhook"]}, "must name webhooks"),
    ({"kestra_open_urls": ["/api/v1/*/executions/webhook/"]}, "* is a letter there"),
    ({"kestra_open_urls": ["/api/v1/main/executions/webhook/../"]}, "beginning of a path"),
    ({"kestra_open_urls": ["/api/v1/main/executions/webhook/${X}"]}, "beginning of a path"),
    ({"kestra_open_urls": "/api/v1/main/executions/webhook/"}, "valid list"),
    ({"kestra_log_levels": {"root": "LOUD"}}, "'ALL', 'TRACE', 'DEBUG'"),
    ({"kestra_log_levels": {"root": False}}, "'ALL', 'TRACE', 'DEBUG'"),
    ({"kestra_log_levels": {"root": "warn"}}, "'ALL', 'TRACE', 'DEBUG'"),
    ({"kestra_log_levels": {"a b": "INFO"}}, "must be the name of a logger"),
    ({"kestra_log_levels": {"io.": "INFO"}}, "must be the name of a logger"),
    ({"kestra_log_levels": {"io.kestra.cli": "WARN"}}, "io.kestra.cli = WARN, and by its log"),
    ({"kestra_log_levels": {"io.kestra.cli.AbstractCommand": "OFF"}}, "and by its log"),
    ({"kestra_log_levels": {"io.kestra.jdbc.runner.JdbcQueue": "OFF"}}, "ERROR is the least"),
    ({"kestra_log_levels": "DEBUG"}, "valid dictionary"),
    ({"kestra_json_logs": "yes"}, "valid boolean"),
    ({"kestra_worker_threads": 0}, "greater than or equal to 1"),
    ({"kestra_worker_threads": "8"}, "valid integer"),
    ({"kestra_executor_threads": -1}, "greater than or equal to 1"),
    ({"kestra_time_zone": "Sao Paulo"}, "is no time zone such as"),
    ({"kestra_time_zone": "America/Sao_Paolo"}, "is no time zone such as"),
    ({"kestra_time_zone": "../../etc/passwd"}, "is no time zone such as"),
    ({"kestra_time_zone": ""}, "is no time zone such as"),
    ({"kestra_time_zone": 3}, "valid string"),
]


@pytest.mark.parametrize(("given", "why"), OTHERS, ids=[str(given) for given, _ in OTHERS])
def test_another_value_is_refused_by_its_setting(given: dict[str, Any], why: str) -> None:
    told = refused(**given)
    assert why in told
    assert next(iter(given)) in told


@pytest.mark.parametrize(
    "given",
    [
        {"kestra_open_urls": []},
        {"kestra_open_urls": ["/api/v1/executions/webhook/a.b/c/key_1~%20"]},
        {"kestra_log_levels": {"root": "OFF", "io.kestra": "ERROR", "io.kestra.clients": "OFF"}},
        {"kestra_log_levels": {"io.kestra.cli": "TRACE", "A$B": "ALL"}},
        {"kestra_worker_threads": 1, "kestra_executor_threads": 512},
        {"kestra_time_zone": "UTC"},
        {"kestra_time_zone": "Europe/Berlin"},
    ],
    ids=str,
)
def test_another_value_is_taken(given: dict[str, Any]) -> None:
    settings = Tools(**given)
    assert {name: getattr(settings, name) for name in given} == given


@pytest.mark.parametrize("profile", [Tools, Quick, DevOrch])
def test_every_key_of_ours_is_known_to_be(profile: type[Settings]) -> None:
    settings = profile.model_validate(
        {
            "kestra_open_urls": ["/api/v1/main/executions/webhook/"],
            "kestra_log_levels": {"root": "WARN"},
            "kestra_json_logs": True,
            "kestra_executor_threads": 7,
        }
    )
    text = application_file(settings, stack_of(settings), {}).content
    for path, _ in leaves(yaml.safe_load(text)):
        assert ours(path), path
        variable = path.replace(".", "_").replace("-", "_").upper()
        assert ours_by_variable(variable), variable


@pytest.mark.parametrize("key", ["basicAuth", "basic_auth", "BasicAuth", "basic-auth"])
def test_all_spellings_are_one(key: str) -> None:
    assert spelled(key) == "basic-auth"


@pytest.mark.parametrize("path", ["kestra.urls", "kestra.server.basic-auth.realm", "my.kestra.url"])
def test_what_is_beside_ours_is_not(path: str) -> None:
    assert ours(path) is None


def test_a_refusal_of_pydantic_names_each_key() -> None:
    with pytest.raises(ValidationError) as error:
        Tools.model_validate({"kestra_env": {"A": 1, "B": 2, "C": "x"}})
    assert [each["loc"] for each in error.value.errors()] == [
        ("kestra_env", "A"),
        ("kestra_env", "B"),
    ]
