"""What the data was made with is not changed under it, and what a hand may change goes on."""

from __future__ import annotations

import pytest

from kestra_provision.facts.health import Health
from kestra_provision.preflight.credentials import (
    judge_bound,
    judge_placed,
    judge_undeployed,
    refused_password,
)
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.secrets.env import HostEnv
from kestra_provision.secrets.recovered import Remains
from kestra_provision.settings import Problem, Settings, passwords
from kestra_provision.settings.env_file import EnvFile
from tests.health_seen import WELL, answered, seen
from tests.operations.fake_host import FakeHost
from tests.tools_secrets import TOOLS_SECRETS

SETTINGS = Tools()
OLD = dict.fromkeys(TOOLS_SECRETS, "Obviously-fake-1")
FOUND = Remains(OLD, "volume", {"db_name": "kestra", "db_user": "kestra"})
LOGINS = {
    "accepted": WELL,
    "refused": answered("password-refused", "PostgreSQL refuses the KESTRA_DB_PASSWORD for kestra"),
    "no role": answered("no-login", 'role "kestra" is not there'),
    "down": seen("postgres", "stopped"),
    "starting": seen("postgres", "starting", "started 5 s ago"),
}


def env(**changed: str) -> HostEnv:
    values = {"KESTRA_DB_NAME": "kestra", "KESTRA_DB_USER": "kestra", **OLD, **changed}
    text = "".join(f"{key}={value}\n" for key, value in values.items())
    return HostEnv(EnvFile.parse(text), "600 0 0", text, TOOLS_SECRETS)


def judged(
    given: HostEnv,
    login: str = "accepted",
    settings: Settings = SETTINGS,
    found: Remains = FOUND,
) -> list[Problem]:
    host = FakeHost({Health: LOGINS[login]})
    problems = list(judge_bound(host.as_host, settings, stack_of(settings), given, found))
    assert bool(host.asked) == (passwords.DB in found.edited(given)), "a login is a channel"
    return problems


def test_what_agrees_is_no_problem() -> None:
    assert judged(env()) == []
    assert judged(env(), found=Remains()) == []


def test_another_encryption_key_is_refused() -> None:
    (problem,) = judged(env(**{passwords.ENCRYPTION: "Obviously-fake-2"}))
    assert "KESTRA_ENCRYPTION_SECRET_KEY in .env is not the one that Kestra has" in problem.what
    assert problem.fix.startswith("delete that line")
    # The file outlives the container, and would be asked as well.
    assert "docker rm -f tools-kestra && rm -f /opt/kestra/config/application.yaml" in problem.fix
    assert "Obviously-fake" not in str(problem)


@pytest.mark.parametrize(
    ("login", "said"),
    [
        (
            "refused",
            "PostgreSQL refuses the KESTRA_DB_PASSWORD for kestra, and our containers have",
        ),
        ("no role", 'cannot be asked about the password in .env (role "kestra" is not there)'),
        ("down", "PostgreSQL cannot be asked about the password in .env (the container is exited"),
        ("starting", "PostgreSQL cannot be asked about the password in .env (started 5 s ago)"),
    ],
)
def test_password_that_would_lock_kestra_out_is_refused(login: str, said: str) -> None:
    (problem,) = judged(env(**{passwords.DB: "Obviously-fake-2"}), login)
    assert said in problem.what
    assert "\\password" in problem.fix
    assert "Obviously-fake" not in str(problem)


def test_password_that_the_role_has_too_goes_on() -> None:
    assert judged(env(**{passwords.DB: "Obviously-fake-2"})) == []


def test_password_of_the_ui_may_change() -> None:
    assert judged(env(**{passwords.BASIC_AUTH: "Obviously-fake-2"})) == []


@pytest.mark.parametrize("setting", ["db_name", "db_user"])
def test_new_name_is_refused_with_the_old_one(setting: str) -> None:
    declared = SETTINGS.model_copy(update={setting: "orders"})
    (problem,) = judged(env(), settings=declared)
    assert problem.what == f"the database on the host was made with {setting} = 'kestra'"
    assert problem.where == setting
    assert problem.fix.startswith(f"set {setting} = 'kestra'")


def test_name_edited_by_hand_is_repaired_and_not_refused() -> None:
    assert judged(env(KESTRA_DB_NAME="by_hand", KESTRA_DB_USER="by_hand")) == []


@pytest.mark.parametrize("name", TOOLS_SECRETS)
@pytest.mark.parametrize("value", ["'Aa1-\x85-next-line'", "'Aa1-\u2028-line'"])
def test_secret_that_its_file_cannot_hold_is_refused(name: str, value: str) -> None:
    """Kestra would wait for ever for a variable, or could not read the file at all."""
    (problem,) = judge_placed(stack_of(SETTINGS), env(**{name: value}))
    assert problem.what.startswith(f"{name} in .env holds ")
    assert problem.where == "/opt/kestra/.env on the host"
    assert "Aa1" not in str(problem)


def test_secret_with_a_dollar_or_quotes_goes_on() -> None:
    held = env(**{passwords.BASIC_AUTH: """'its $HOME # "x" ü'"""})
    assert [*judge_placed(stack_of(SETTINGS), held)] == []


@pytest.mark.parametrize("name", TOOLS_SECRETS)
def test_start_alone_is_refused_where_a_deploy_is_needed(name: str) -> None:
    """It would start Kestra with the old one, and then be refused by it."""
    stack, host = stack_of(SETTINGS), FakeHost().as_host
    (problem,) = judge_undeployed(host, stack, env(**{name: "Obviously-fake-2"}), FOUND)
    assert problem.what == f"{name} in .env is not what Kestra would start with"
    assert problem.fix.startswith("pyinfra inventory deploy.py")
    assert [*judge_undeployed(host, stack, env(), FOUND)] == []


@pytest.mark.parametrize("value", ["Short1", "nodigitorcapital", "12345678"])
def test_password_that_kestra_would_not_take_is_refused_and_not_repeated(value: str) -> None:
    (problem,) = refused_password(stack_of(SETTINGS), env(**{passwords.BASIC_AUTH: value}), FOUND)
    assert problem.what.startswith(f"{passwords.BASIC_AUTH} in .env ")
    assert value not in str(problem)


@pytest.mark.parametrize(
    "value", ["Obviously-fake-2", "", "Obv"], ids=["good", "missing", "cut off"]
)
def test_password_that_is_good_or_comes_from_elsewhere_is_not_refused(value: str) -> None:
    whole = env()
    text = f"{whole.text.partition(passwords.BASIC_AUTH)[0]}{passwords.BASIC_AUTH}={value}"
    given = HostEnv(EnvFile.parse(text), "600 0 0", text, TOOLS_SECRETS)
    assert list(refused_password(stack_of(SETTINGS), given, FOUND)) == []
