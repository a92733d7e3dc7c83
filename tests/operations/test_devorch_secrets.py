"""What data of profile `devorch` was made with, when somebody lost or changed it."""

from __future__ import annotations

import json

import pytest

from kestra_provision.preflight.credentials import judge_bound
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.secrets.env import HostEnv
from kestra_provision.secrets.recovered import Remains, lost_secrets, remains, remains_look
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile
from tests.operations.fake_host import FakeHost

SETTINGS = DevOrch()
STACK = stack_of(SETTINGS)
CONFIG = "/opt/kestra/tools/n8n/data/config"
VOLUME = "devorch_postgres-data"


def env(**changed: str) -> HostEnv:
    """Complete, but for what is changed; empty is missing."""
    values = {**STACK.environment, **dict.fromkeys(STACK.secret_names, "Obviously-fake-1")}
    text = "".join(f"{k}={v}\n" for k, v in {**values, **changed}.items() if v)
    return HostEnv(EnvFile.parse(text), "600 0 0", text, STACK.secret_names)


def lost(found: Remains, **missing: str) -> list[str]:
    return [each.name for each in found.lost(env(**missing), {}, STACK.bound)]


def judged(found: Remains, **changed: str) -> list[str]:
    host = FakeHost(settings=SETTINGS).as_host
    return [*map(str, judge_bound(host, SETTINGS, STACK, env(**changed), found))]


def test_file_with_the_key_of_n8n_is_looked_for() -> None:
    assert CONFIG in remains_look(STACK).text
    told = "\n".join(json.dumps(each) for each in (VOLUME, CONFIG))
    host = FakeHost(answers={"docker_says inspect": (True, told, "")}, settings=SETTINGS)
    assert remains(host.as_host, STACK) == Remains(volume=VOLUME, keys=frozenset({CONFIG}))


def test_key_that_n8n_made_nothing_with_is_made_anew() -> None:
    """A volume that is older than n8n on this host says nothing of its key."""
    assert lost(Remains(volume=VOLUME), N8N_ENCRYPTION_KEY="") == []


def test_key_that_only_n8n_knows_is_named_with_its_place() -> None:
    found = Remains(keys=frozenset({CONFIG}))
    assert lost(found, N8N_ENCRYPTION_KEY="") == [passwords.N8N_ENCRYPTION]
    missing = found.lost(env(N8N_ENCRYPTION_KEY=""), {}, STACK.bound)
    (problem,) = map(str, lost_secrets(STACK, found, missing))
    assert f"N8N_ENCRYPTION_KEY is in {CONFIG} alone" in problem
    assert f"mv {CONFIG} {CONFIG}.old" in problem
    assert "docker volume rm" not in problem


@pytest.mark.parametrize("name", [passwords.DB, passwords.N8N_DB, passwords.SERVER])
def test_password_of_a_role_is_never_lost(name: str) -> None:
    """The role gets the new one on the live server."""
    assert lost(Remains(volume=VOLUME, keys=frozenset({CONFIG})), **{name: ""}) == []
    assert judged(Remains(secrets={name: "Obviously-fake-2"}, volume=VOLUME)) == []


def test_key_of_kestra_names_whose_data_would_go_along() -> None:
    found = Remains(volume=VOLUME)
    missing = found.lost(env(KESTRA_ENCRYPTION_SECRET_KEY=""), {}, STACK.bound)
    (problem,) = map(str, lost_secrets(STACK, found, missing))
    assert f"with the databases kestra and n8n: docker volume rm {VOLUME}" in problem


def test_edited_key_of_n8n_has_a_way_out_that_n8n_takes() -> None:
    """With the container alone gone, it would end at the other key in its file."""
    (problem,) = judged(Remains(secrets={"N8N_ENCRYPTION_KEY": "Obviously-fake-2"}))
    assert f"docker rm -f devorch-n8n && mv {CONFIG} {CONFIG}.old" in problem


@pytest.mark.parametrize(
    ("setting", "variable"),
    [("db_name", "KESTRA_DB_NAME"), ("db_user", "KESTRA_DB_USER"), ("n8n_db_name", "N8N_DB_NAME")],
)
def test_other_name_is_refused_by_what_a_container_or_else_the_env_tells(
    setting: str, variable: str
) -> None:
    (by_container,) = judged(Remains(made_with={setting: "former"}, volume=VOLUME))
    assert f"was made with {setting} = 'former'" in by_container
    (by_env,) = judged(Remains(volume=VOLUME), **{variable: "former"})
    assert f"was made with {setting} = 'former'" in by_env
    assert f"or mend {variable} in .env there" in by_env
    assert judged(Remains(), **{variable: "former"}) == [], "there is no data yet"
