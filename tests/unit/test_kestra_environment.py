"""Configuration, webhooks, logs, threads and time zone of Kestra: what is refused, by its name."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.profiles.quick import Quick
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.application import application_file
from kestra_provision.settings import Settings
from kestra_provision.settings.properties import (
    PLUGIN_DEFAULTS,
    leaves,
    ours,
    ours_by_variable,
    spelled,
)
from tests.unit.test_kestra_variables import VALUE, refused

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
    "a: '${HOME}${NOBODY:x'": "a has a ${ without its }: add it",
    "a: ${NOBODY:x # y}": "a has a ${ without its }",
    "a: '${ }'": "a has a ${} without a name",
    "a: '${my.own}'": "a wants ${my.own}, and kestra_env has no MY_OWN",
    "a: '${nobody}'": "a wants ${nobody}",
    "a: '${myOwn}'": "a wants ${myOwn}, and nothing has that name: write ${myOwn:DEFAULT}",
    "a: {b: '${a.cD}', c-d: 1}": "a.b wants ${a.cD}, and nothing has that name",
    "a: &all [*all]": "holds itself",
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


def test_placeholders_are_filled_as_micronaut_does() -> None:
    """By a variable, by it as a property, by a property of one's own or of Kestra's, by Java's."""
    texts = ["${HOME}", "${ MY_OWN }", "${my.own}", "${b.aB}", "${b.a-b}", "${user.home}", "}"]
    given = {"a": texts, "b": {"aB": "$${C:${D}}"}}
    assert Tools(kestra_config=given, kestra_env={"MY_OWN": "1"}).kestra_config == given


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
    found = {path for path, _ in leaves(yaml.safe_load(text))}
    # The one list of ours that an operator's own stands in.
    for path in found - {PLUGIN_DEFAULTS}:
        assert ours(path), path
        variable = path.replace(".", "_").replace("-", "_").upper()
        assert ours_by_variable(variable), variable


@pytest.mark.parametrize("key", ["basicAuth", "basic_auth", "BasicAuth", "basic-auth"])
def test_all_spellings_are_one(key: str) -> None:
    assert spelled(key) == "basic-auth"


@pytest.mark.parametrize("path", ["kestra.urls", "kestra.server.basic-auth.realm", "my.kestra.url"])
def test_what_is_beside_ours_is_not(path: str) -> None:
    assert ours(path) is None
