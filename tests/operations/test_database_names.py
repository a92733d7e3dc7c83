"""A renamed database or role is refused; a `.env` edited by hand is not taken for one."""

from __future__ import annotations

import pytest

from kestra_provision.database_names import renamed
from kestra_provision.env_file import EnvFile
from kestra_provision.host_env import HostEnv
from kestra_provision.settings import Settings
from tests.operations.fake_host import FakeHost

SETTINGS = Settings()
CONTAINER = "POSTGRES_DB=kestra\nPOSTGRES_USER=kestra\n"


def env(name: str = "kestra", user: str = "kestra") -> HostEnv:
    return HostEnv(EnvFile.parse(f"KESTRA_DB_NAME={name}\nKESTRA_DB_USER={user}\n"), "600 0 0")


def test_what_agrees_costs_no_question() -> None:
    host = FakeHost()
    assert renamed(host.as_host, SETTINGS, env()) == []
    assert renamed(host.as_host, SETTINGS, HostEnv(EnvFile.parse(""), "")) == []
    assert host.ran == []


@pytest.mark.parametrize("setting", ["db_name", "db_user"])
def test_new_name_is_refused_with_the_old_one(setting: str) -> None:
    host = FakeHost(answers={"docker inspect": (True, CONTAINER, "")})
    declared = SETTINGS.model_copy(update={setting: "orders"})
    (problem,) = renamed(host.as_host, declared, env())
    assert problem.what == f"the database on the host was made with {setting} = 'kestra'"
    assert problem.where == setting
    assert problem.fix.startswith(f"set {setting} = 'kestra'")


def test_env_edited_by_hand_is_repaired_and_not_refused() -> None:
    host = FakeHost(answers={"docker inspect": (True, CONTAINER, "")})
    assert renamed(host.as_host, SETTINGS, env(name="by_hand", user="by_hand")) == []


def test_without_a_container_there_is_nothing_to_go_by() -> None:
    host = FakeHost(answers={"docker inspect": (False, "", "no such container")})
    assert renamed(host.as_host, SETTINGS.model_copy(update={"db_name": "orders"}), env()) == []


def test_password_beside_the_names_is_left_there() -> None:
    host = FakeHost()
    renamed(host.as_host, SETTINGS.model_copy(update={"db_name": "orders"}), env())
    ((command, arguments),) = host.ran
    assert "grep -E '^(POSTGRES_DB|POSTGRES_USER)='" in command.get_raw_value()
    assert (arguments["print_input"], arguments["print_output"]) == (False, False)
