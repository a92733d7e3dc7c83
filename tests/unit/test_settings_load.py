"""Layers, their order, and refusals that say what, where and how to mend it."""

from typing import Any

import pytest

from kestra_provision.profiles import SETTINGS
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import (
    Problem,
    SettingsError,
    load,
)
from kestra_provision.settings.load import merge
from tests.unit.two_profiles import TWO, Small

pytestmark = pytest.mark.usefixtures("clean_environment")

HOST = "inventory, host h"


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
