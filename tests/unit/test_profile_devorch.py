"""Profile `devorch`: Kestra beside n8n on one PostgreSQL, and a sidecar where it is asked for."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from kestra_provision.cli.config import explained
from kestra_provision.doctor.table import checks
from kestra_provision.profiles import SETTINGS, stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.render.host.compose import render_compose
from kestra_provision.settings import SettingsError, load, operator_environment, passwords
from kestra_provision.stack.stack import Stack
from tests.unit.rendered import SUM

PLAIN, FULL = DevOrch(), DevOrch(sidecar_image="registry.example.com/sidecar:1.0")


def compose(settings: DevOrch) -> dict[str, Any]:
    stack = stack_of(settings)
    parsed: dict[str, Any] = yaml.safe_load(render_compose(settings, stack, stack.sizes(8000), SUM))
    return parsed


def variables(settings: DevOrch, service: str) -> dict[str, str]:
    found: dict[str, str] = compose(settings)["services"][service]["environment"]
    return found


def test_services_start_in_this_order_and_the_sidecar_needs_an_image() -> None:
    assert [*stack_of(PLAIN).containers] == ["kestra", "n8n", "postgres"]
    assert [each.name for each in stack_of(FULL).services] == [
        *("postgres", "n8n", "sidecar", "kestra")
    ]
    assert "sidecar" not in compose(PLAIN)["services"]
    assert passwords.SIDECAR not in stack_of(PLAIN).secret_names


def test_each_container_gets_its_own_secrets_and_no_other() -> None:
    own: dict[str, set[str]] = {
        "postgres": {passwords.SERVER},
        "n8n": {passwords.N8N_DB, passwords.N8N_ENCRYPTION},
        "sidecar": {passwords.SIDECAR},
        "kestra": set(),  # it has its own in a file
    }
    for service, wanted in own.items():
        text = "\n".join(variables(FULL, service).values())
        assert {name for name in passwords.NAMES if f"${{{name}:?" in text} == wanted, service


def test_servers_own_role_is_none_of_a_service() -> None:
    server = variables(FULL, "postgres")
    assert (server["POSTGRES_USER"], server["POSTGRES_DB"]) == ("postgres", "postgres")
    assert stack_of(FULL)["postgres"].made_with == ()
    assert [each.user for each in stack_of(FULL)["postgres"].databases] == ["kestra", "n8n"]


def test_names_that_data_was_made_with_are_told_by_its_container() -> None:
    made = {each.setting: (s.name, each.inside) for s, each in stack_of(FULL).made_with}
    assert made == {
        "db_name": ("kestra", "DB_NAME"),
        "db_user": ("kestra", "DB_USER"),
        "n8n_db_name": ("n8n", "DB_POSTGRESDB_DATABASE"),
        "n8n_db_user": ("n8n", "DB_POSTGRESDB_USER"),
    }
    for setting, (service, inside) in made.items():
        assert inside in variables(FULL, service), setting


def test_only_who_has_a_database_is_in_the_network_of_the_server() -> None:
    networks = {name: each["networks"] for name, each in compose(FULL)["services"].items()}
    assert networks == {
        "postgres": ["internal"],
        "n8n": ["internal", "shared"],
        "sidecar": ["shared"],
        "kestra": ["internal", "shared"],
    }


def test_sidecar_knows_its_neighbours() -> None:
    given = variables(FULL, "sidecar")
    assert given["KESTRA_URL"] == "http://devorch-kestra:8080"
    assert given["N8N_URL"] == "http://devorch-n8n:5678"
    assert "depends_on" not in compose(FULL)["services"]["sidecar"]


@pytest.mark.parametrize(
    ("url", "secure", "hops"),
    [
        (None, "false", None),
        ("http://n8n.example.com/", "false", None),
        ("https://n8n.example.com/", "true", "1"),
    ],
)
def test_address_of_n8n(url: str | None, secure: str, hops: str | None) -> None:
    given = variables(DevOrch(n8n_url=url, n8n_port=5679), "n8n")
    assert given["N8N_EDITOR_BASE_URL"] == given["WEBHOOK_URL"] == url or "http://localhost:5679/"
    assert (given["N8N_SECURE_COOKIE"], given.get("N8N_PROXY_HOPS")) == (secure, hops)


def test_workflows_cannot_read_the_secrets_of_n8n() -> None:
    assert variables(PLAIN, "n8n")["N8N_BLOCK_ENV_ACCESS_IN_NODE"] == "true"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n8n_db_name": "kestra"}, "db_name and n8n_db_name are both kestra"),
        ({"db_user": "n8n"}, "db_user and n8n_db_user are both n8n"),
        ({"n8n_db_name": "postgres"}, "n8n_db_name postgres is the server's own"),
        ({"n8n_db_user": "postgres"}, "n8n_db_user postgres is the server's own"),
        ({"db_name": "template1"}, "db_name template1 is the server's own"),
        ({"n8n_port": 8080}, "http_port and n8n_port are both 8080"),
        ({"n8n_container_name": "devorch-kestra"}, "are both devorch-kestra"),
        ({"n8n_image": "n8nio/n8n"}, "n8n_image n8nio/n8n names no fixed version"),
        ({"n8n_image": "n8nio/n8n:stable"}, "names no fixed version"),
        ({"sidecar_image": "sidecar:latest"}, "sidecar_image sidecar:latest names no fixed"),
        ({"sidecar_image": "a:1", "sidecar_port": 5678}, "are both 5678"),
        ({"n8n_db_name": "pg_n8n"}, "must not start with pg_"),
        ({"n8n_url": "n8n.example.com"}, "must be http(s)://, a host and a path"),
        ({"n8n_url": "https://h/${N8N_ENCRYPTION_KEY:?x}/"}, "must be http(s)://"),
        ({"n8n_url": "https://user:pw@h/"}, "must be http(s)://"),
        ({"n8n_bind_address": "0.0.0.0"}, "n8n_url is not set, and with n8n_bind_address others"),
        ({"n8n_image": None, "sidecar_image": "a:1"}, "n8n_image = None: its contract gives it"),
        ({"n8n_db_user": "public"}, "is a word of PostgreSQL's own"),
    ],
)
def test_settings_that_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as error:
        DevOrch(**given)
    assert said in str(error.value)


def test_without_n8n_its_database_stays_and_kestra_is_as_it_was() -> None:
    """How a host leaves n8n behind: nothing of the server changes, so nothing is made anew."""
    before, after = compose(PLAIN)["services"], compose(DevOrch(n8n_image=None))["services"]
    assert [*after] == ["postgres", "kestra"]
    assert {name: before[name] for name in after} == after
    stack = stack_of(DevOrch(n8n_image=None))
    assert stack["postgres"].made_with == ()
    assert passwords.N8N_ENCRYPTION not in stack.secret_names
    assert [page.setting for page in stack.pages] == ["kestra_url"]


def test_port_of_a_sidecar_that_is_not_there_may_be_anybodys() -> None:
    assert DevOrch(sidecar_port=5678).sidecar_port == 5678


@pytest.mark.parametrize("name", ["n8n_password", "n8n_db_password", "sidecar_token"])
def test_secrets_do_not_stand_in_an_inventory(name: str) -> None:
    with pytest.raises(SettingsError) as error:
        load("h", [("here", {"profile": "devorch", name: "x"})], SETTINGS)
    assert "a secret never stands in an inventory" in str(error.value)


def test_misspelt_name_in_env_is_no_silence(tmp_path: Any) -> None:
    (tmp_path / ".env").write_text("N8N_ENCRYPTON_KEY=Obviously-fake-1\n")
    with pytest.raises(SettingsError, match="unknown name N8N_ENCRYPTON_KEY"):
        operator_environment(tmp_path, SETTINGS.values())


def test_config_tells_where_both_pages_come_from() -> None:
    lines = explained(DevOrch(n8n_port=5679), {}, ())
    assert lines["n8n_url"] == {"value": "http://localhost:5679/", "from": "computed from n8n_port"}
    assert lines["n8n_memory_mb"]["from"] == "computed from the host's memory"


def test_doctor_asks_each_login() -> None:
    rows = {check.name: check.needs for check in checks(stack_of(FULL))}
    assert rows["database login of n8n"] == rows["database login of kestra"]
    assert {"n8n's port", "n8n's readiness", "sidecar's health"} <= {*rows}


def makes(stack: Stack) -> str:
    return stack["postgres"].makes


def test_statements_that_make_a_database_are_one_text_of_a_shell() -> None:
    text = makes(stack_of(FULL))
    checked = subprocess.run(["sh", "-n", "-c", text], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "DROP" not in text.upper()
    assert 'ALTER ROLE :"role" PASSWORD' not in text
