"""`kestra-provision config`: every value with its origin, and no connection."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kestra_provision.cli import main
from kestra_provision.cli.config import explained
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Origin, passwords
from tests.tools_secrets import TOOLS_SECRETS

SECRET = "Correct-horse-7"
pytestmark = pytest.mark.usefixtures("alone")


def config(hosts: dict[str, dict[str, Any]], *arguments: str) -> Result:
    """Runs the command with an inventory of these hosts, each in a group by its first letter."""
    groups: dict[str, list[Any]] = {}
    for name, data in hosts.items():
        groups.setdefault(f"group_{name[0]}", []).append((name, data))
    file = Path.cwd() / "servers.py"
    file.write_text("".join(f"{group} = {members!r}\n" for group, members in groups.items()))
    return CliRunner().invoke(main, ["config", "--inventory", str(file), *arguments])


def shown(done: Result) -> dict[str, dict[str, dict[str, Any]]]:
    assert done.exit_code == 0, done.output
    return {host["name"]: host["settings"] for host in json.loads(done.output)["hosts"]}


def test_every_setting_and_secret_has_value_and_origin() -> None:
    lines = shown(config({"a": {}}, "--json"))["a"]
    assert set(lines) == {
        *Tools.model_fields,
        *TOOLS_SECRETS,
        *passwords.OPTIONAL,
        passwords.REGISTRY,
    }
    assert lines["health_timeout"] == {"value": 300, "from": "default"}


def test_layers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (Path.cwd() / ".env").write_text("KESTRA_DB_NAME=file\nKESTRA_DB_USER=file\n")
    monkeypatch.setenv("KESTRA_DB_USER", "environment")
    (Path.cwd() / "group_data").mkdir()
    (Path.cwd() / "group_data" / "all.py").write_text("network = 'mine'\nmin_cpus = 8\n")
    (Path.cwd() / "group_data" / "group_a.py").write_text("min_cpus = 9\n")
    lines = shown(config({"a": {"http_port": 9000}}, "a", "--json"))["a"]
    assert lines["db_name"] == {"value": "file", "from": ".env"}
    assert lines["db_user"] == {"value": "environment", "from": "environment"}
    assert lines["network"] == {"value": "mine", "from": "group_data/all.py"}
    assert lines["container_name"] == {"value": "tools-kestra", "from": "default"}
    assert lines["min_cpus"] == {"value": 9, "from": "group group_a"}
    assert lines["http_port"] == {"value": 9000, "from": "inventory, host a"}
    assert lines["kestra_url"] == {
        "value": "http://localhost:9000/",
        "from": "computed from http_port",
    }


def test_secrets_are_masked_and_their_place_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (Path.cwd() / ".env").write_text(f"KESTRA_DB_PASSWORD={SECRET}\n")
    monkeypatch.setenv("KESTRA_BASICAUTH_PASSWORD", SECRET)
    for arguments in ([], ["--json"]):
        done = config({"a": {}}, *arguments)
        assert SECRET not in done.output
    lines = shown(done)["a"]
    assert lines["KESTRA_DB_PASSWORD"] == {"value": "*****", "from": "given in .env"}
    assert lines["KESTRA_BASICAUTH_PASSWORD"]["from"] == "given in the environment"
    assert lines["KESTRA_ENCRYPTION_SECRET_KEY"] == {
        "value": None,
        "from": "the host, or its first deploy",
    }
    assert lines["KESTRA_REGISTRY_PASSWORD"] == {"value": None, "from": "not given"}


def test_password_in_an_address_is_masked() -> None:
    settings = Tools(
        image_source="archive",
        image_archive=f"https://me:{SECRET}@example.com/i.tar",
        image_archive_sha256="0" * 64,
    )
    lines = explained(settings, {"image_archive": Origin("", "here")}, ())
    assert lines["image_archive"]["value"] == "https://*****@example.com/i.tar"
    assert lines["kestra_image"]["value"] == settings.kestra_image


def test_table_has_a_part_for_each_host() -> None:
    lines = config({"a": {"http_port": 9000}, "b": {}}).output.splitlines()
    assert [line for line in lines if line in ("a", "b")] == ["a", "b"]
    assert [line.split() for line in lines if line.startswith("http_port")] == [
        ["http_port", "9000", "inventory,", "host", "a"],
        ["http_port", "8080", "default"],
    ]


@pytest.mark.parametrize(
    ("limit", "hosts"),
    [(["a1"], ["a1"]), (["a*"], ["a1", "a2"]), (["group_b"], ["b"]), (["a1", "b"], ["a1", "b"])],
)
def test_limit_takes_hosts_patterns_and_groups(limit: list[str], hosts: list[str]) -> None:
    arguments = [word for pattern in limit for word in ("--limit", pattern)]
    assert list(shown(config({"a1": {}, "a2": {}, "b": {}}, *arguments, "--json"))) == hosts


def test_limit_without_a_host_is_an_error() -> None:
    done = config({"a": {}}, "--limit", "nobody")
    assert done.exit_code == 1
    assert "--limit 'nobody' names no host or group" in done.output


def test_unknown_host_is_an_error_that_names_the_others() -> None:
    done = config({"a": {}, "b": {}}, "c")
    assert done.exit_code == 1
    assert "no host c in" in done.output
    assert "it has: a, b" in done.output


def test_refuses_what_a_deploy_refuses() -> None:
    done = config({"a": {"http_port": 0}, "b": {"htp_port": 1}})
    assert done.exit_code == 1
    assert "2 settings refused" in done.output
    for text in ("[a] http_port = 0", "[b] unknown setting htp_port", "did you mean http_port?"):
        assert text in done.output
