"""Settings as people may see them, and which are others than at the last deploy."""

import json
from typing import Any

import pytest

from kestra_provision.profiles.tools import Tools
from kestra_provision.settings.shown import Changed, changed, closed_values, masked, recorded

TOKEN = "Obviously-fake-token-1"
COMMAND = f"curl -H 'Authorization: {TOKEN}' https://example.com"


@pytest.mark.parametrize("value", [1, None, ["a"], "http://localhost:8080/", "a@b.example"])
def test_what_holds_no_password_stays(value: object) -> None:
    assert masked(value) == value


def test_the_password_of_an_address_is_masked() -> None:
    assert masked(f"http://user:{TOKEN}@example.com/x") == "http://*****@example.com/x"


def test_what_may_hold_a_secret_is_not_written_down() -> None:
    kept = recorded(Tools(notify_command=COMMAND))
    assert TOKEN not in json.dumps(kept)
    assert kept["notify_command"]["shown"] == "*****"


def test_a_change_is_told_by_name_and_secrets_only_by_that() -> None:
    before = recorded(Tools(notify_command=COMMAND, kestra_memory_mb=1024))
    after = recorded(Tools(notify_command=f"{COMMAND}/x", docker_users=["alice", "bob"]))
    assert {*changed(before, after)} == {
        Changed("notify_command", "*****", "*****"),
        Changed("kestra_memory_mb", "1024", "-"),
        Changed("docker_users", "[]", "alice, bob"),
    }
    assert changed(after, after) == []


OWN: dict[str, Any] = {
    "kestra_env": {"API_TOKEN": TOKEN, "BACKEND_URL": f"http://me:{TOKEN}@b/", "ENV_X": "seen"},
    "kestra_config": {"a": {"password": TOKEN, "keys": [TOKEN, {"b": TOKEN}], "c": ["seen", 5]}},
}


def test_what_is_called_like_a_secret_in_a_mapping_is_masked() -> None:
    for value in OWN.values():
        assert TOKEN not in str(masked(value))
        assert "seen" in str(masked(value))
    kept = recorded(Tools(**OWN))
    assert TOKEN not in json.dumps(kept)
    assert "seen" in kept["kestra_env"]["shown"]


def test_a_change_in_a_mapping_is_told() -> None:
    nothing, before = recorded(Tools()), recorded(Tools(**OWN))
    more = {**OWN, "kestra_env": {**OWN["kestra_env"], "API_TOKEN": f"{TOKEN}-2"}}
    (change,) = changed(before, recorded(Tools(**more)))
    assert change.name == "kestra_env"
    assert change.before == change.after
    assert [each.name for each in changed(nothing, before)] == [*OWN]
    assert [each.before for each in changed(nothing, before)] == ["-", "-"]
    assert changed(before, recorded(Tools(**OWN))) == []


def test_a_host_of_a_former_release_has_no_change_in_what_it_did_not_know() -> None:
    former = {name: value for name, value in recorded(Tools()).items() if name not in OWN}
    assert {each.name for each in changed(former, recorded(Tools()))}.isdisjoint(OWN)


def test_secrets_of_a_mapping_are_found_wherever_they_stand() -> None:
    assert [*closed_values(OWN["kestra_config"])] == [TOKEN] * 3
    assert [*closed_values({"token": 5, "other": TOKEN, "key": None, "secret": True})] == ["5"]


def test_where_nobody_knows_what_was_nothing_is_told() -> None:
    assert changed({}, recorded(Tools())) == []
