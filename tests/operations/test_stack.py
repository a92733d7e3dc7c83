"""`compose up` runs when the live stack differs, and makes no more anew than it must."""

from dataclasses import replace
from typing import Any

import pytest

from kestra_provision.commands.compose import compose
from kestra_provision.facts.container import Container
from kestra_provision.facts.health import Health, HostHealth
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.operations import stack
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.secrets.recovered import remains
from tests.operations.fake_host import FakeHost, call, raw, yielded

SETTINGS = Tools()
DECLARED = stack_of(SETTINGS)


def container(service: str, name: str) -> Container:
    networks = DECLARED.networks[service]
    return Container(
        name,
        service,
        f"sha256:{service}",
        "running",
        "healthy",
        networks=networks,
        config_hash="as-declared",
    )


#: What is asked beside the containers says nothing of a database that would have to be made.
WELL: dict[type, object] = {Health: HostHealth()}
RUNNING = StackSeen(
    containers={name: container(service, name) for service, name in DECLARED.containers.items()},
    hashes=dict.fromkeys(DECLARED.containers, "as-declared"),
    images={reference: f"sha256:{s}" for s, reference in DECLARED.images.items()},
)


def test_current_stack_is_left_alone() -> None:
    host = FakeHost({**WELL, Stack: RUNNING})
    assert yielded(host, stack.up, stack=DECLARED) == []
    assert host.noops == ["all containers are as declared"]
    assert host.asked[0] == (
        Stack,
        {
            "root_dir": "/opt/kestra",
            "project": "tools-kestra",
            "names": ["tools-kestra", "tools-kestra-postgres"],
            "references": ["kestra/kestra:v1.3.39", "postgres:17"],
            "mounts": ["/etc/kestra/application.yaml", "/etc/kestra/flow-secrets.env"],
            "files": {},
        },
    )
    assert [fact for fact, _ in host.asked] == [Stack, Health], "one observation brings both"


def test_different_stack_is_brought_up_and_said_why() -> None:
    host = FakeHost({**WELL, Stack: StackSeen()})
    (check, command) = yielded(host, stack.up, stack=DECLARED)
    assert raw([check, command]) == ["_accepted", "_up"]
    assert call(command, host) is True
    assert host.logs == [
        "container tools-kestra: does not exist; declared: runs as declared",
        "container tools-kestra-postgres: does not exist; declared: runs as declared",
        "compose up: Kestra starts when PostgreSQL is healthy",
    ]
    assert [c.get_raw_value() for c, _ in host.ran[-1:]] == [
        f"{COMPOSE}up -d --pull never --no-build"
    ]


def test_renamed_container_gets_its_name_back_before_compose_runs() -> None:
    seen = dict(RUNNING.containers)
    kestra = seen.pop(SETTINGS.container_name)
    seen["by-hand"] = replace(kestra, name="by-hand")
    host = FakeHost({**WELL, Stack: replace(RUNNING, containers=seen)})
    commands = yielded(host, stack.up, stack=DECLARED)
    assert raw(commands) == ["_accepted", "docker rename by-hand tools-kestra", "_up"]


def changed(service: str, **values: Any) -> StackSeen:
    name = DECLARED.containers[service]
    containers = {**RUNNING.containers, name: replace(RUNNING.containers[name], **values)}
    return replace(RUNNING, containers=containers)


#: What its container tells: a secret of its configuration, and that there is data.
STARTED_WITH = """configuration of kestra   password: "Obviously-fake-1" # KESTRA_BASICAUTH_PASSWORD
"tools-kestra_postgres-data"
"""
COMPOSE = compose("/opt/kestra", "")
RECREATE = COMPOSE + "up -d --pull never --no-build --force-recreate "


def test_what_compose_does_not_see_is_recreated() -> None:
    host = FakeHost({**WELL, Stack: changed("kestra", mounted_config="another")})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == [
        "_accepted",
        "drain_and_stop",
        f"{RECREATE}kestra",
        "_up",
    ]


def test_kestra_stops_before_the_database_is_touched() -> None:
    host = FakeHost({**WELL, Stack: changed("postgres", restart="no")})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == [
        "_accepted",
        "drain_and_stop",
        "drain_and_stop",
        f"{RECREATE}postgres",
        "_up",
    ]
    host = FakeHost({**WELL, Stack: changed("postgres", health="unhealthy")})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == [
        "_accepted",
        "drain_and_stop",
        "drain_and_restart",
        "_up",
    ]


def test_kestra_is_not_started_before_the_database_it_was_stopped_for() -> None:
    """`up` starts it, when PostgreSQL is healthy: a restart of its own would come too early."""
    kestra = replace(RUNNING.containers[SETTINGS.container_name], health="unhealthy")
    seen = changed("postgres", health="unhealthy")
    seen = replace(seen, containers={**seen.containers, kestra.name: kestra})
    host = FakeHost({**WELL, Stack: seen})
    commands = yielded(host, stack.up, stack=DECLARED)
    assert raw(commands) == ["_accepted", "drain_and_stop", "drain_and_restart", "_up"]
    assert call(commands[2], host) is True
    assert host.ran[-1][0].get_raw_value().endswith("restart_container tools-kestra-postgres'")


def test_what_is_made_anew_is_not_restarted_before() -> None:
    """With a limit that its kernel lost it would not even start."""
    host = FakeHost({**WELL, Stack: changed("kestra", health="unhealthy", memory_mb=512)})
    *stopped, recreated, _ = raw(yielded(host, stack.up, stack=DECLARED))
    assert (stopped, recreated) == (["_accepted", "drain_and_stop"], f"{RECREATE}kestra")


def test_frozen_and_changed_database_is_not_recreated_under_a_live_kestra() -> None:
    host = FakeHost({**WELL, Stack: changed("postgres", status="paused", restart="no")})
    commands = raw(yielded(host, stack.up, stack=DECLARED))
    assert commands[1].startswith("docker unpause tools-kestra-postgres")
    assert commands[2:] == ["drain_and_stop", "drain_and_stop", f"{RECREATE}postgres", "_up"]


def test_restart_that_fails_says_why() -> None:
    host = FakeHost(
        {**WELL, Stack: changed("kestra", health="unhealthy")},
        {"restart_container tools": (False, "", "no space left on device")},
    )
    command = yielded(host, stack.up, stack=DECLARED)[1]
    assert call(command, host) is False
    assert host.logs[-2:] == [
        "restarting tools-kestra; it may take minutes, running tasks may end first",
        "not restarted: no space left on device",
    ]


@pytest.mark.parametrize("status", ["exited", "created", "dead"])
def test_what_does_not_run_is_made_anew(status: str) -> None:
    """A container keeps its count and its mounts until it is recreated."""
    host = FakeHost({**WELL, Stack: changed("kestra", status=status)})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == [
        "_accepted",
        f"{RECREATE}kestra",
        "_up",
    ]


@pytest.mark.parametrize("kestra", ["running", "paused"])
def test_kestra_that_lived_through_a_frozen_database_is_restarted(kestra: str) -> None:
    """Its ports stay closed for ever, and Docker calls it healthy for a minute more."""
    frozen = changed("postgres", status="paused").containers
    name = SETTINGS.container_name
    seen = replace(RUNNING, containers={**frozen, name: replace(frozen[name], status=kestra)})
    commands = raw(yielded(FakeHost({**WELL, Stack: seen}), stack.up, stack=DECLARED))
    assert [c.partition(" && ")[0] for c in commands[1:-2]] == [
        f"docker unpause {paused}" for paused in seen.paused
    ]
    assert commands[-2:] == ["drain_and_stop", "_up"]


def test_kestra_that_does_not_run_need_not_be_stopped() -> None:
    frozen = changed("postgres", status="paused").containers
    name = SETTINGS.container_name
    seen = replace(RUNNING, containers={**frozen, name: replace(frozen[name], status="exited")})
    commands = raw(yielded(FakeHost({**WELL, Stack: seen}), stack.up, stack=DECLARED))
    assert "drain_and_stop" not in commands


def test_nothing_is_stopped_for_files_that_compose_does_not_take() -> None:
    """It could not start again what it stopped."""
    complaint = 'line 12: unexpected character "<" in Password-1'
    host = FakeHost(
        {**WELL, Stack: replace(RUNNING, hashes={}, complaint="no")},
        {"config --quiet": (False, "", complaint)},
    )
    commands = yielded(host, stack.up, stack=DECLARED)
    assert raw(commands)[0] == "_accepted"
    assert call(commands[0], host) is False
    assert "compose.yaml or .env in /opt/kestra; nothing was stopped" in host.logs[-1]
    assert "Password-1" not in host.said


def test_edited_secret_is_named_beside_the_containers() -> None:
    env = "600 0 0\nKESTRA_BASICAUTH_PASSWORD=Obviously-fake-2\n."
    host = FakeHost(
        {**WELL, Stack: changed("kestra", config_hash="other")},
        {"stat -c": (True, env, ""), "docker_says inspect": (True, STARTED_WITH, "")},
    )
    yielded(host, stack.up, stack=DECLARED)
    (line,) = [line for line in host.logs if "KESTRA_BASICAUTH_PASSWORD" in line]
    assert line.startswith(".env: KESTRA_BASICAUTH_PASSWORD: another one")
    assert "Obviously-fake" not in host.said


def test_plan_says_that_an_edited_secret_makes_kestra_anew() -> None:
    """Compose cannot know before the file is written."""
    env = "600 0 0\nKESTRA_BASICAUTH_PASSWORD=Obviously-fake-2\n."
    host = FakeHost(
        {**WELL, Stack: RUNNING},
        {"stat -c": (True, env, ""), "docker_says inspect": (True, STARTED_WITH, "")},
    )
    remains(host.as_host, DECLARED)  # as preflight asked
    assert raw(yielded(host, stack.up, stack=DECLARED)) == ["_accepted", "_up"]
    of_kestra, of_env = host.logs
    assert "was started with another KESTRA_BASICAUTH_PASSWORD than .env has" in of_kestra
    assert of_env.startswith(".env: KESTRA_BASICAUTH_PASSWORD: another one")
    assert "Obviously-fake" not in host.said


def test_second_container_of_a_service_keeps_its_name() -> None:
    kestra = RUNNING.containers[SETTINGS.container_name]
    seen = {**RUNNING.containers, "by-hand": replace(kestra, name="by-hand")}
    assert replace(RUNNING, containers=seen).renamed(DECLARED.containers) == {}


def test_kestra_stops_before_a_lost_database_is_made_anew() -> None:
    """It would find its tables gone, and would not make them: that is what a start does."""
    containers = {k: v for k, v in RUNNING.containers.items() if k != "tools-kestra-postgres"}
    host = FakeHost({**WELL, Stack: replace(RUNNING, containers=containers)})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == ["_accepted", "drain_and_stop", "_up"]
