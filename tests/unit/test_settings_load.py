"""Layers, their order, and refusals that say what, where and how to mend it."""

from pathlib import Path
from typing import Any

import pytest

from kestra_provision.profiles import SETTINGS
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import (
    Problem,
    SettingsError,
    load,
    operator_environment,
    passwords,
)
from kestra_provision.settings.environment import fixed_in_env, names_in_env
from kestra_provision.settings.load import merge
from tests.unit.two_profiles import TWO, Small

HOST = "inventory, host h"
CLASSES = [*SETTINGS.values()]
KEY = "A" * 43 + "="


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        *names_in_env(SETTINGS.values()),
        *fixed_in_env(SETTINGS.values()),
        *passwords.GIVEN,
    ):
        monkeypatch.delenv(name, raising=False)


def problems_of(values: dict[str, Any]) -> list[Problem]:
    with pytest.raises(SettingsError) as error:
        load("h", [(HOST, values)], SETTINGS)
    return error.value.problems["h"]


def test_later_layers_win() -> None:
    layers: list[tuple[str, dict[str, Any]]] = [
        ("group_data/all.py", {"http_port": 1, "management_port": 2, "db_name": "a"}),
        ("environment", {"http_port": 3, "management_port": 4}),
        (HOST, {"http_port": 5}),
    ]
    settings = load("h", layers, SETTINGS)
    assert isinstance(settings, Tools)
    assert (settings.http_port, settings.management_port, settings.db_name) == (5, 4, "a")
    origins = merge(layers)
    assert [origins[k].layer for k in ("http_port", "management_port", "db_name")] == [
        HOST,
        "environment",
        "group_data/all.py",
    ]


def test_without_layers_there_are_the_defaults() -> None:
    assert load("h", [], SETTINGS) == Tools()


@pytest.mark.parametrize("key", ["ssh_user", "ssh_hostname", "ssh_port", "_sudo", "x_mine"])
def test_names_of_others_are_left_alone(key: str) -> None:
    assert load("h", [(HOST, {key: "anything"})], SETTINGS) == Tools()
    assert merge([(HOST, {key: "anything"})]) == {}


def test_field_problem_says_what_where_and_fix() -> None:
    (problem,) = problems_of({"http_port": 99999})
    assert problem.what.startswith("http_port = 99999: ")
    assert problem.where == HOST
    assert problem.fix == "set http_port = 8080, the default (UI and API on the host.)"


def test_a_setting_without_default_is_mended_by_removing_it() -> None:
    (problem,) = problems_of({"kestra_url": "nowhere"})
    assert problem.fix.startswith("remove it (")


def test_item_of_a_list_is_named_by_its_setting() -> None:
    (problem,) = problems_of({"docker_users": ["good", "not good"]})
    assert problem.what.startswith("docker_users = ['good', 'not good']: may hold")


def test_problem_between_settings_names_both_with_their_layers() -> None:
    with pytest.raises(SettingsError) as error:
        load(
            "h", [("group_data/all.py", {"http_port": 9}), (HOST, {"management_port": 9})], SETTINGS
        )
    (problem,) = error.value.problems["h"]
    assert problem.what == "http_port and management_port are both 9"
    assert problem.where == f"http_port in group_data/all.py; management_port in {HOST}"
    assert "change http_port or management_port" in problem.fix


def test_problem_of_a_default_says_so() -> None:
    (problem,) = problems_of({"image_source": "archive"})
    assert problem.where == f"image_source in {HOST}"
    (problem,) = problems_of({"http_port": 8081})
    assert problem.where == f"http_port in {HOST}"


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("htp_port", "did you mean http_port?"),
        ("kestra_imgae", "did you mean kestra_image?"),
        ("bindaddress", "did you mean bind_address?"),
        ("Zzz", "remove it, or call it x_zzz if it is your own; docs/settings.md lists all"),
    ],
)
def test_unknown_setting_gets_its_nearest_name(key: str, fix: str) -> None:
    assert problems_of({key: 1}) == [Problem(f"unknown setting {key}", HOST, fix)]


def test_a_host_gets_the_settings_of_its_profile() -> None:
    small = load("h", [(HOST, {"profile": "small"})], TWO)
    assert (type(small), small.container_name) == (Small, "small")
    assert type(load("h", [(HOST, {"profile": "tools"})], TWO)) is type(load("h", [], TWO)) is Tools


def test_setting_of_another_profile_is_refused_with_its_owner() -> None:
    with pytest.raises(SettingsError) as error:
        load("h", [(HOST, {"profile": "small", "postgres_image": "postgres:17"})], TWO)
    assert error.value.problems["h"] == [
        Problem(
            "postgres_image is no setting of profile small, tools has it",
            HOST,
            "remove it, or set it in group_data/tools.py, for hosts of that profile only",
        )
    ]


@pytest.mark.parametrize("value", ["other", ["tools"], 1, None])
def test_unknown_profile_is_refused_with_those_there_are(value: object) -> None:
    with pytest.raises(SettingsError) as error:
        load("h", [(HOST, {"profile": value})], TWO)
    (problem,) = error.value.problems["h"]
    assert problem.what == f"profile = {value!r}: Input should be 'tools' or 'small'"
    assert (problem.where, problem.fix.partition(" (")[0]) == (
        HOST,
        "set profile = 'tools', the default",
    )


@pytest.mark.parametrize(
    "key", ["KESTRA_DB_PASSWORD", "kestra_basicauth_password", "kestra_encryption_secret_key"]
)
def test_secret_in_an_inventory_is_refused_without_its_value(key: str) -> None:
    with pytest.raises(SettingsError) as error:
        load("h", [(HOST, {key: "Do-not-show-1"})], SETTINGS)
    (problem,) = error.value.problems["h"]
    assert problem.what == f"{key} is no setting: a secret never stands in an inventory"
    assert problem.where == HOST
    assert ".env beside deploy.py" in problem.fix
    assert "Do-not-show-1" not in str(error.value)


def test_all_problems_of_a_host_come_at_once() -> None:
    problems = problems_of({"http_port": 0, "db_name": "X", "htp_port": 1, "root_dir": "x"})
    assert [p.what.partition(" = ")[0] for p in problems] == [
        "unknown setting htp_port",
        "root_dir",
        "http_port",
        "db_name",
    ]
    with pytest.raises(SettingsError) as error:
        load("h", [(HOST, {"http_port": 0, "db_name": "X"})], SETTINGS)
    text = str(error.value)
    assert text.startswith("2 settings refused, nothing was changed.")
    assert text.count("where: ") == text.count("fix:   ") == text.count("[h] ") == 2


def test_one_problem_is_counted_as_one() -> None:
    error = SettingsError({"a": [Problem("what", "where", "fix")], "b": []})
    assert str(error) == (
        "1 setting refused, nothing was changed.\n  [a] what\n      where: where\n      fix:   fix"
    )


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
