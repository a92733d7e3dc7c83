"""Settings as people may see them, and which are others than at the last deploy."""

import json

import pytest

from kestra_provision.profiles.tools import Tools
from kestra_provision.settings.shown import Changed, changed, masked, recorded

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
        Changed("docker_users", "-", "alice, bob"),
    }
    assert changed(after, after) == []


def test_where_nobody_knows_what_was_nothing_is_told() -> None:
    assert changed({}, recorded(Tools())) == []
