"""Where Kestra is asked, and as whom: what runs, and not what is declared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kestra_provision.kestra import access
from kestra_provision.kestra.access import Access
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import passwords
from tests.operations.fake_host import FakeHost

SETTINGS = Tools(http_port=9999, basic_auth_username="new@kestra.local")
DECLARED = ("new@kestra.local", "canary7-New-1")
FORMER = ("old@kestra.local", "canary7-Old-1")
CONFIGURATION = """\
kestra:
  server:
    basic-auth:
      username: "old@kestra.local"
      password: "canary7-Old-1"
"""
PORTS = {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "8081/tcp": None}


def seen(
    configuration: str = CONFIGURATION,
    needed: int = 1,
    env: str = f"{passwords.BASIC_AUTH}={DECLARED[1]}\n",
    **told: Any,
) -> tuple[Access, FakeHost]:
    inspected = {
        "status": "running",
        "pid": 7,
        "restarts": 0,
        "health": "healthy",
        "ports": PORTS,
        **told,
    }
    host = FakeHost(
        answers={
            "docker inspect": (True, f"{needed}\n{json.dumps(inspected)}\n{configuration}", ""),
            "stat -c": (True, f"600 0 0\n{env}.", ""),
        },
        settings=SETTINGS,
    )
    return access.look(host.as_host, SETTINGS, stack_of(SETTINGS)), host


def test_login_is_the_one_it_was_started_with_and_then_the_declared_one() -> None:
    found, host = seen()
    assert found.logins == (FORMER, DECLARED)
    assert "canary7" not in host.said
    assert all(given["print_output"] is False for _, given in host.ran)


@pytest.mark.parametrize(
    "configuration",
    ["", "kestra: [", "a: b\n", "kestra:\n  server: 1\n", "- x\n"],
    ids=["none", "broken", "another", "no mapping", "a list"],
)
def test_configuration_that_does_not_tell(configuration: str) -> None:
    assert seen(configuration)[0].logins == (DECLARED,)


def test_env_that_cannot_be_read() -> None:
    assert seen(env="no line of it\n")[0].logins == (FORMER,)
    assert seen(env="")[0].logins == (FORMER,)


def test_one_login_is_not_tried_twice() -> None:
    same = CONFIGURATION.replace("old@", "new@").replace("Old", "New")
    assert seen(same)[0].logins == (DECLARED,)


@pytest.mark.parametrize(
    ("bound", "place"),
    [
        ([{"HostIp": "0.0.0.0", "HostPort": "80"}], ("127.0.0.1", 80)),
        ([{"HostIp": "192.0.2.1", "HostPort": "80"}], ("192.0.2.1", 80)),
        ([{"HostIp": "::", "HostPort": "81"}], ("[::1]", 81)),
        ([{"HostIp": "", "HostPort": "80"}, {"HostIp": "::", "HostPort": "80"}], ("127.0.0.1", 80)),
        (None, ("", None)),
        ([], ("", None)),
    ],
)
def test_place_is_the_published_one(bound: Any, place: tuple[str, int | None]) -> None:
    found, _ = seen(ports={"8080/tcp": bound})
    assert (found.address, found.port) == place
    assert seen(ports=None)[0].port is None


def test_what_it_needs_and_its_restarts() -> None:
    assert not seen()[0].cut_off
    assert seen(needed=0)[0].cut_off
    assert seen(restarts=4)[0].restarts == 4


@pytest.mark.parametrize(
    ("answer", "status", "lives"),
    [
        ((True, '0\n{"status":"missing"}\n', ""), "missing", False),
        ((True, "0\n", "no daemon"), "unknown", True),
        ((False, "", "no daemon"), "unknown", True),
        ((True, "1\nnot json\n", ""), "unknown", True),
    ],
)
def test_only_docker_knows_that_nothing_runs(
    answer: tuple[bool, str, str], status: str, lives: bool
) -> None:
    host = FakeHost(answers={"docker inspect": answer, "stat -c": (True, "", "")})
    found = access.look(host.as_host, SETTINGS, stack_of(SETTINGS))
    assert (found.status, found.lives) == (status, lives)
