"""What is left of an earlier install when its `.env` is gone."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.remote.shell import Result
from kestra_provision.secrets.env import HostEnv
from kestra_provision.secrets.recovered import Remains, lost_secrets, remains, remains_look
from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.stack.configuration import Configuration, marked
from tests.operations.fake_host import FakeHost
from tests.tools_secrets import TOOLS_SECRETS

SECRETS = {
    passwords.DB: "database-secret-1",
    passwords.BASIC_AUTH: "Basic-auth-secret-2",
    passwords.ENCRYPTION: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}
VOLUME = "tools-kestra_postgres-data"
KESTRA = "\n".join(f"configuration of kestra  x: {marked(*each)}" for each in SECRETS.items())
POSTGRES = {
    "service": "postgres",
    "environment": [
        "POSTGRES_PASSWORD=database-secret-1",
        "POSTGRES_DB=kestra",
        "POSTGRES_USER=kestra",
    ],
}
MADE_WITH = {"db_name": "kestra", "db_user": "kestra"}


def env_of(values: dict[str, str], end: str = "\n") -> HostEnv:
    text = "\n".join(f"{key}={value}" for key, value in values.items()) + end
    return HostEnv(EnvFile.parse(text), "600 0 0", text, TOOLS_SECRETS)


STACK = stack_of(Tools())
NONE = HostEnv(EnvFile.parse(""), "", wanted=TOOLS_SECRETS)


def host_with(*found: Any) -> FakeHost:
    shown = "\n".join(each if each == KESTRA else json.dumps(each) for each in found)
    return FakeHost(answers={"docker_says inspect": (True, shown, "")})


def test_containers_are_looked_at_once() -> None:
    host = host_with(POSTGRES, KESTRA, VOLUME)
    found = remains(host.as_host, STACK)
    assert remains(host.as_host, STACK) is found
    assert len(host.ran) == 1


def test_complete_file_takes_nothing_from_the_containers() -> None:
    shorter = {**SECRETS, passwords.BASIC_AUTH: SECRETS[passwords.BASIC_AUTH][:-3]}
    found = Remains(SECRETS, VOLUME)
    assert found.better(env_of(shorter)) == {}
    assert found.edited(env_of(shorter)) == [passwords.BASIC_AUTH]


@pytest.mark.parametrize("name", TOOLS_SECRETS)
def test_edited_secret_is_named(name: str) -> None:
    found = Remains(SECRETS, VOLUME)
    assert found.edited(env_of({**SECRETS, name: "Another-value-3"})) == [name]
    assert found.edited(env_of(SECRETS)) == []
    assert found.edited(NONE) == []
    assert SECRETS[name] not in repr(found)


@pytest.mark.parametrize("missing", TOOLS_SECRETS)
def test_missing_secret_is_found_in_our_containers(missing: str) -> None:
    env = env_of({name: value for name, value in SECRETS.items() if name != missing})
    host = host_with(POSTGRES, KESTRA, VOLUME)
    found = remains(host.as_host, STACK)
    assert found == Remains(SECRETS, VOLUME, MADE_WITH)
    assert found.better(env) == {missing: SECRETS[missing]}
    assert found.lost(env, {}, STACK.bound) == []


def test_the_look_leaves_no_trace() -> None:
    host = host_with(KESTRA, VOLUME)
    remains(host.as_host, STACK)
    ((_, arguments),) = host.ran
    assert arguments["print_output"] is False
    assert [value for value in SECRETS.values() if value in host.said] == []


@pytest.mark.parametrize("name", TOOLS_SECRETS)
def test_value_that_was_cut_off_is_replaced(name: str) -> None:
    env = env_of({**SECRETS, name: SECRETS[name][:-3]}, end="")
    found = remains(host_with(KESTRA, VOLUME).as_host, STACK)
    assert found.better(env) == {name: SECRETS[name]}


def test_another_value_is_the_operators_will() -> None:
    env = env_of({**SECRETS, passwords.BASIC_AUTH: "Another-value-3"}, end="")
    assert remains(host_with(KESTRA, VOLUME).as_host, STACK).better(env) == {}


def test_postgres_alone_still_knows_the_database_password() -> None:
    found = remains(host_with(POSTGRES, VOLUME).as_host, STACK)
    assert found.secrets == {passwords.DB: SECRETS[passwords.DB]}
    assert [each.name for each in found.lost(NONE, {}, STACK.bound)] == [passwords.ENCRYPTION]
    assert found.lost(NONE, {passwords.ENCRYPTION: "given"}, STACK.bound) == []


def test_fresh_host_has_lost_nothing() -> None:
    assert remains(host_with().as_host, STACK) == Remains()
    assert Remains().lost(NONE, {}, STACK.bound) == []


def test_configuration_without_its_container_knows_the_secrets_of_the_data() -> None:
    found = remains(host_with(KESTRA, VOLUME).as_host, STACK)
    assert found == Remains(SECRETS, VOLUME)
    assert found.lost(NONE, {}, STACK.bound) == []


def test_configuration_that_alone_is_left_says_nothing() -> None:
    """Containers and data were removed by somebody who wants to begin anew."""
    assert remains(host_with(KESTRA).as_host, STACK) == Remains()


def test_database_without_its_secrets_is_named_with_the_way_out() -> None:
    found = remains(host_with(VOLUME).as_host, STACK)
    (problem,) = map(str, lost_secrets(STACK, found, found.lost(NONE, {}, STACK.bound)))
    assert "KESTRA_DB_PASSWORD and KESTRA_ENCRYPTION_SECRET_KEY" in problem
    assert "/opt/kestra/.env on the host" in problem
    assert f"docker volume rm {VOLUME}" in problem


#: Of a container with our label whose processes are those of this machine; and no volume.
DOCKER = """#!/bin/sh
case "$*" in
    ps*) printf 'k\\ttrue\\ttools-kestra\\tx\\tUp\\t\\t/opt\\tid1\\n' ;;
    "inspect --type container"*) echo "pid tools-kestra /k $PID" ;;
    inspect*) echo '{"service":"kestra","environment":["JAVA_OPTS=-Xmx1m"]}' ;;
esac
"""


@pytest.mark.parametrize(
    ("pid", "on_host", "in_container", "known"),
    [
        (os.getpid(), "of-the-file", "as-started", "as-started"),
        (os.getpid(), "", "as-started", "as-started"),
        (0, "of-the-file", "as-started", "of-the-file"),
        (0, 'with "quotes" ü', "", 'with "quotes" ü'),
        (0, "", "", None),
    ],
    ids=["replaced", "removed", "stopped", "quoted", "nowhere"],
)
def test_container_that_runs_knows_better_than_the_file(
    tmp_path: Path, pid: int, on_host: str, in_container: str, known: str | None
) -> None:
    """A file that was replaced is still the old one inside."""
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    place = Configuration(str(tmp_path / "application.yaml"), str(tmp_path / "inside.yaml"))
    for path, value in ((place.path, on_host), (place.mount, in_container)):
        if value:
            text = f"a: 1\n  b: {marked(passwords.BASIC_AUTH, value)}\n# KESTRA_DB_PASSWORD\n"
            Path(path).write_text(text, encoding="utf-8")
    stack = replace(STACK, services=(replace(STACK["kestra"], configuration=place),))
    look = remains_look(stack)
    path = f"{tmp_path}:{os.environ['PATH']}"
    for locale in ("C", "C.UTF-8"):
        env = {"PATH": path, "PID": str(pid), "LC_ALL": locale}
        told = subprocess.run(["sh", "-c", look.text], env=env, capture_output=True, check=True)
        found = look.read(Result(True, told.stdout.decode(), ""))
        assert found.secrets == ({passwords.BASIC_AUTH: known} if known else {})
