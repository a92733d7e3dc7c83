"""Databases of a live server: made as far as they are missing, before who needs them starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kestra_provision.facts.container import Container
from kestra_provision.facts.health import Answer, Health, HostHealth, ServiceHealth
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.operations import stack
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings
from tests.operations.fake_host import FakeHost, call, raw, yielded

SETTINGS = DevOrch()
DECLARED = stack_of(SETTINGS)
KESTRA, N8N = "database login of kestra", "database login of n8n"
PASSWORD = "Obviously-fake-1"
ENV = "600 0 0\n" + "".join(f"{name}={PASSWORD}\n" for name in DECLARED.secret_names) + "."
FINE = Answer("running", "logs in")


def seen_of(settings: Settings, **changes: Any) -> StackSeen:
    """All as declared, but for one service."""
    declared = stack_of(settings)
    containers = {
        service.container: Container(
            service.container,
            service.name,
            f"sha256:{service.name}",
            "running",
            "healthy",
            networks=service.networks,
            config_hash="as-declared",
        )
        for service in declared.services
    }
    if changes:
        name = declared[changes.pop("service")].container
        containers[name] = replace(containers[name], **changes)
    return StackSeen(
        containers=containers,
        hashes=dict.fromkeys(declared.containers, "as-declared"),
        images={reference: f"sha256:{s}" for s, reference in declared.images.items()},
    )


def health(word: str = "running", **answers: Answer) -> HostHealth:
    """Of the server, with what the logins answered; the others do not matter here."""
    given = {KESTRA: answers.get("kestra", FINE), N8N: answers.get("n8n", FINE)}
    logins = given if word == "running" else {}
    return HostHealth({"postgres": ServiceHealth(word, "detail", answers=logins)})


def host_with(found: HostHealth, seen: StackSeen) -> FakeHost:
    return FakeHost({Stack: seen, Health: found}, {".env": (True, ENV, "")}, settings=SETTINGS)


def up(host: FakeHost) -> list[str]:
    return raw(yielded(host, stack.up, stack=DECLARED))


def test_nothing_is_made_where_both_log_in() -> None:
    assert up(host_with(health(), seen_of(SETTINGS))) == []


@pytest.mark.parametrize("word", ["no-role", "no-database", "not-owner", "password-refused"])
def test_what_is_missing_is_made_after_its_service_was_stopped(word: str) -> None:
    host = host_with(health(n8n=Answer(word, "it is gone")), seen_of(SETTINGS))
    commands = yielded(host, stack.up, stack=DECLARED)
    assert raw(commands) == ["_accepted", "drain_and_stop", "_make", "_up"]
    assert host.logs == ["database n8n: it is gone; declared: there, and of role n8n"]
    call(commands[1], host)
    stopped = host.ran[-1][0].get_raw_value()
    assert "com.docker.compose.service=n8n" in stopped


@pytest.mark.parametrize("word", ["no-login", "unknown"])
def test_other_answers_are_not_for_it_to_mend(word: str) -> None:
    host = host_with(health(n8n=Answer(word, "no")), seen_of(SETTINGS))
    assert up(host) == []


@pytest.mark.parametrize("word", ["missing", "starting", "not-answering", "stopped"])
def test_server_that_cannot_be_asked_gets_all_of_them_before_others_start(word: str) -> None:
    seen = seen_of(SETTINGS, service="postgres", status="exited")
    *stopped, make, recreate, last = up(host_with(health(word), seen))
    assert stopped == ["_accepted", "drain_and_stop", "drain_and_stop"]
    assert (make, last) == ("_make", "_up")
    assert recreate.endswith(" --force-recreate postgres")


def test_image_of_a_single_database_makes_it_itself() -> None:
    declared, seen = stack_of(Tools()), seen_of(Tools(), service="postgres", status="exited")
    missing = HostHealth({"postgres": ServiceHealth("stopped", "exited")})
    host = FakeHost({Stack: seen, Health: missing})
    assert "_make" not in raw(yielded(host, stack.up, stack=declared))


def test_single_database_that_was_dropped_is_made_again() -> None:
    declared, gone = stack_of(Tools()), Answer("no-database", "PostgreSQL has no database kestra")
    found = HostHealth({"postgres": ServiceHealth("running", "", answers={"database login": gone})})
    host = FakeHost({Stack: seen_of(Tools()), Health: found})
    commands = raw(yielded(host, stack.up, stack=declared))
    assert commands == ["_accepted", "drain_and_stop", "_make", "_up"]


def test_passwords_go_through_stdin_alone() -> None:
    host = host_with(health(n8n=Answer("no-role", "gone")), seen_of(SETTINGS))
    (make,) = [c for c in yielded(host, stack.up, stack=DECLARED) if raw([c]) == ["_make"]]
    assert call(make, host) is True
    commands = [(command.get_raw_value(), given) for command, given in host.ran]
    (start,) = [command for command, _ in commands if " up -d " in command]
    assert start.endswith(" --wait --wait-timeout 300 postgres")
    made = [(command, given) for command, given in commands if "docker exec -i" in command]
    assert [command.split()[-2:] for command, _ in made] == [["kestra", "kestra"], ["n8n", "n8n"]]
    assert [given["_stdin"] for _, given in made] == [f"{PASSWORD}\n"] * 2
    assert not any(given["print_output"] or given["print_input"] for _, given in made)
    assert PASSWORD not in host.said
    assert host.logs[-2:] == [
        "✓ database kestra of role kestra",
        "✓ database n8n of role n8n",
    ]


def test_what_the_server_complains_of_is_said_without_the_password() -> None:
    host = FakeHost(
        {Stack: seen_of(SETTINGS), Health: health(n8n=Answer("no-role", "gone"))},
        {
            ".env": (True, ENV, ""),
            "docker exec -i": (False, "", f"ERROR: cannot take {PASSWORD}"),
        },
        settings=SETTINGS,
    )
    (make,) = [c for c in yielded(host, stack.up, stack=DECLARED) if raw([c]) == ["_make"]]
    assert call(make, host) is False
    assert host.logs[-2] == "database kestra of role kestra: ERROR: cannot take *****"
    assert host.logs[-1].startswith("nothing was lost; mend the cause, then run again: pyinfra ")
