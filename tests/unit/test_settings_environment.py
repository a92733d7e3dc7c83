"""Settings and secrets of the operator: `.env` beside deploy.py, and the environment."""

from pathlib import Path

import pytest

from kestra_provision.profiles import SETTINGS
from kestra_provision.profiles.quick import Quick
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import (
    Problem,
    SettingsError,
    load,
    operator_environment,
)
from kestra_provision.settings.environment import other_servers, unheard

pytestmark = pytest.mark.usefixtures("clean_environment")

CLASSES = [*SETTINGS.values()]
KEY = "A" * 43 + "="


def test_without_env_file_there_is_nothing(tmp_path: Path) -> None:
    layers, secrets = operator_environment(tmp_path, CLASSES)
    assert layers == [(str(tmp_path / ".env"), {}), ("environment", {})]
    assert secrets == {}


def test_env_file_gives_settings_and_secrets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# mine\nOTHER=1\nKESTRA_HTTP_PORT=9090\nKESTRA_BASICAUTH_USERNAME='me@example.com'\n"
        f"KESTRA_DB_PASSWORD='abc #$d efg'\nKESTRA_ENCRYPTION_SECRET_KEY={KEY}\n"
        "KESTRA_BASICAUTH_PASSWORD=\nKESTRA_DB_HOST=postgres\n"
    )
    (file, _), secrets = operator_environment(tmp_path, CLASSES)
    assert file[1] == {"http_port": 9090, "basic_auth_username": "me@example.com"}
    assert secrets == {
        "KESTRA_DB_PASSWORD": "abc #$d efg",
        "KESTRA_ENCRYPTION_SECRET_KEY": KEY,
    }


def test_values_of_the_env_file_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KESTRA_DB_PASSWORD='abc$HOME-defg'\n")
    assert operator_environment(tmp_path, CLASSES)[1] == {"KESTRA_DB_PASSWORD": "abc$HOME-defg"}


def test_environment_wins_over_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "KESTRA_DB_NAME=file\nKESTRA_DB_USER=file\nKESTRA_DB_PASSWORD=from-the-file\n"
    )
    monkeypatch.setenv("KESTRA_DB_NAME", "environment")
    monkeypatch.setenv("KESTRA_DB_PASSWORD", "from-the-environment")
    layers, secrets = operator_environment(tmp_path, CLASSES)
    settings = load("h", layers, SETTINGS)
    assert isinstance(settings, Tools)
    assert (settings.db_name, settings.db_user) == ("environment", "file")
    assert secrets == {"KESTRA_DB_PASSWORD": "from-the-environment"}


@pytest.mark.parametrize("text", ["eighty", "", "8080.5", "²"])
def test_port_that_is_no_number_is_refused_with_its_layer(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KESTRA_HTTP_PORT", text)
    layers, _ = operator_environment(tmp_path, CLASSES)
    with pytest.raises(SettingsError) as error:
        load("h", layers, SETTINGS)
    (problem,) = error.value.problems["h"]
    assert problem.what.startswith(f"http_port = {text!r}: ")
    assert problem.where == "environment"


@pytest.mark.parametrize("host", ["tools-kestra-postgres", "pg-2"])
def test_database_server_of_a_stack_may_stand_in_the_env_file(host: str, tmp_path: Path) -> None:
    """As in a copy of a host's own `.env`."""
    (tmp_path / ".env").write_text(f"KESTRA_DB_HOST={host}\n")
    hosts = [Tools(), Tools(postgres_container_name="pg-2"), Quick()]
    assert other_servers(tmp_path, CLASSES, hosts) == []


@pytest.mark.parametrize("host", ["db.example.com", "localhost", "", "10.0.0.5"])
def test_another_database_server_is_refused_and_not_left_out(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(f"KESTRA_DB_HOST={host}\n")
    (problem,) = other_servers(tmp_path, CLASSES, [Tools(), Quick()])
    assert problem.what.startswith("KESTRA_DB_HOST reaches nothing")
    assert problem.where == str(tmp_path / ".env")
    assert "postgres_container_name" in problem.fix
    (tmp_path / ".env").unlink()
    monkeypatch.setenv("KESTRA_DB_HOST", host)
    (problem,) = other_servers(tmp_path, CLASSES, [Tools()])
    assert problem.where == "environment"


def test_keys_that_reach_no_container_are_told(tmp_path: Path) -> None:
    assert unheard(tmp_path) == ()
    text = "SECRET_TOKEN=t\nMINE=1\nBACKEND_URL=http://b/\nMY_SECRET_X=1\nKESTRA_HTTP_PORT=1\n"
    (tmp_path / ".env").write_text(text)
    assert unheard(tmp_path) == ("BACKEND_URL",)


@pytest.mark.parametrize("name", ["ENV_X", "MICRONAUT_ENVIRONMENTS", "BACKEND_URL"])
def test_what_other_set_ups_read_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{name}=x\n")
    assert unheard(tmp_path) == (name,)


def test_address_of_kestra_has_its_place(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KESTRA_URL=https://kestra.example.com/\n")
    with pytest.raises(SettingsError) as error:
        operator_environment(tmp_path, CLASSES)
    (problem,) = error.value.problems["all hosts"]
    assert problem.fix == "set kestra_url in the inventory"


def test_rolling_images_that_are_accepted_are_told() -> None:
    assert Tools().accepted_rolling == []
    rolls = Tools(kestra_image="kestra/kestra:latest", allow_latest=True)
    assert rolls.accepted_rolling == ["kestra_image kestra/kestra:latest names no fixed version"]
    rolls = Tools(kestra_image="kestra/kestra:v1.3", allow_latest=True)
    assert rolls.accepted_rolling == ["kestra_image kestra/kestra:v1.3 names no fixed version"]
    assert Tools(allow_latest=True).accepted_rolling == []


@pytest.mark.parametrize("content", ["A=Str0ng$word9\n", "A=1\rB=2\n", "A='first\nB=second'\n"])
def test_line_that_is_not_read_alike_is_refused_on_the_laptop(content: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(content.encode())
    with pytest.raises(SettingsError) as error:
        operator_environment(tmp_path, CLASSES)
    (problem,) = error.value.problems["all hosts"]
    assert problem.what.startswith("line 1 (A) ")
    assert not {"Str0ng", "second"} & {*str(problem).split()}


def test_unknown_kestra_name_in_the_env_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KESTRA_HTTP_PROT=1\nKESTRA_WHATEVER_ELSE_THERE_IS=2\nMINE=3\n")
    with pytest.raises(SettingsError) as error:
        operator_environment(tmp_path, CLASSES)
    first, second = error.value.problems["all hosts"]
    assert first == Problem(
        "unknown name KESTRA_HTTP_PROT", str(tmp_path / ".env"), "did you mean KESTRA_HTTP_PORT?"
    )
    assert second.what == "unknown name KESTRA_WHATEVER_ELSE_THERE_IS"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("KESTRA_DB_PASSWORD", "short", "at least 8 characters"),
        ("KESTRA_DB_PASSWORD", "changeme", "published example"),
        ("KESTRA_DB_PASSWORD", "line\nbreak-in-it", "line break"),
        ("KESTRA_DB_PASSWORD", "it's-long-enough", "single quote"),
        ("KESTRA_DB_PASSWORD", "ends-in-a-backslash\\", "backslash"),
        ("KESTRA_BASICAUTH_PASSWORD", "no-upper-case-1", "upper-case letter"),
        ("KESTRA_ENCRYPTION_SECRET_KEY", "c2hvcnQ=", "32 bytes in base64"),
    ],
)
def test_secret_that_breaks_a_rule_is_refused_before_connecting(
    name: str, value: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `.env` on the host cannot hold must fail here, and not in the middle of a run."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        operator_environment(tmp_path, CLASSES)
    (problem,) = error.value.problems["all hosts"]
    assert problem.what.startswith(f"{name} ")
    assert why in problem.what
    assert problem.where == "environment"
    assert value not in str(error.value)


def test_bad_names_and_bad_secrets_come_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KESTRA_X=1\nKESTRA_DB_PASSWORD=x\n")
    with pytest.raises(SettingsError) as error:
        operator_environment(tmp_path, CLASSES)
    assert len(error.value.problems["all hosts"]) == 2
