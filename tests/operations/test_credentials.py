"""What the data was made with is not changed under it, and what a hand may change goes on."""

from __future__ import annotations

import pytest

from kestra_provision.health.checks import Check
from kestra_provision.preflight import credentials
from kestra_provision.preflight.credentials import judge_bound
from kestra_provision.profiles import stack_of
from kestra_provision.secrets.env import HostEnv
from kestra_provision.secrets.recovered import Remains
from kestra_provision.settings import Problem, Settings, passwords
from kestra_provision.settings.env_file import EnvFile
from tests.operations.fake_host import FakeHost

SETTINGS = Settings()
OLD = dict.fromkeys(passwords.NAMES, "Obviously-fake-1")
FOUND = Remains(OLD, "volume", {"db_name": "kestra", "db_user": "kestra"})
LOGINS = {
    "accepted": Check("database login", True, "kestra logs in", "pg"),
    "refused": Check("database login", False, "PostgreSQL refuses", "pg", fatal=True),
    "down": Check("database login", False, "container is not running", "pg"),
}


def env(**changed: str) -> HostEnv:
    values = {"KESTRA_DB_NAME": "kestra", "KESTRA_DB_USER": "kestra", **OLD, **changed}
    text = "".join(f"{key}={value}\n" for key, value in values.items())
    return HostEnv(EnvFile.parse(text), "600 0 0", text)


def judged(
    monkeypatch: pytest.MonkeyPatch,
    given: HostEnv,
    login: str = "accepted",
    settings: Settings = SETTINGS,
    found: Remains = FOUND,
) -> list[Problem]:
    asked: list[str] = []

    def database_login(*_: object) -> Check:
        asked.append(login)
        return LOGINS[login]

    monkeypatch.setattr(credentials, "database_login", database_login)
    problems = list(judge_bound(FakeHost().as_host, settings, stack_of(settings), given, found))
    assert bool(asked) == (passwords.DB in found.edited(given)), "a login is a channel"
    return problems


def test_what_agrees_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, env()) == []
    assert judged(monkeypatch, env(), found=Remains()) == []


def test_another_encryption_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = judged(monkeypatch, env(**{passwords.ENCRYPTION: "Obviously-fake-2"}))
    assert "KESTRA_ENCRYPTION_SECRET_KEY in .env is not the one that Kestra has" in problem.what
    assert problem.fix.startswith("delete that line")
    assert "Obviously-fake" not in str(problem)


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ("refused", "PostgreSQL refuses the password in .env for kestra"),
        ("down", "PostgreSQL cannot be asked about the password in .env"),
    ],
)
def test_password_that_would_lock_kestra_out_is_refused(
    monkeypatch: pytest.MonkeyPatch, login: str, said: str
) -> None:
    (problem,) = judged(monkeypatch, env(**{passwords.DB: "Obviously-fake-2"}), login)
    assert said in problem.what
    assert "\\password" in problem.fix
    assert "Obviously-fake" not in str(problem)


def test_password_that_the_role_has_too_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, env(**{passwords.DB: "Obviously-fake-2"})) == []


def test_password_of_the_ui_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, env(**{passwords.BASIC_AUTH: "Obviously-fake-2"})) == []


@pytest.mark.parametrize("setting", ["db_name", "db_user"])
def test_new_name_is_refused_with_the_old_one(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    declared = SETTINGS.model_copy(update={setting: "orders"})
    (problem,) = judged(monkeypatch, env(), settings=declared)
    assert problem.what == f"the database on the host was made with {setting} = 'kestra'"
    assert problem.where == setting
    assert problem.fix.startswith(f"set {setting} = 'kestra'")


def test_name_edited_by_hand_is_repaired_and_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, env(KESTRA_DB_NAME="by_hand", KESTRA_DB_USER="by_hand")) == []
