"""A plan looks at the stack as it will be by then, and says what becomes of each container."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kestra_provision.facts.health import Health, HostHealth
from kestra_provision.facts.stack import Stack, StackSeen
from kestra_provision.operations import stack
from kestra_provision.run import ahead
from kestra_provision.run.coming import Fetched
from tests.operations.fake_host import Answer, FakeHost, raw, yielded
from tests.operations.test_stack import DECLARED, RUNNING, changed

COMPOSE, ENV = "/opt/kestra/compose.yaml", "/opt/kestra/.env"
OLD, NEW = "a" * 64, "b" * 64
#: What compose says of files that are as they are on the host.
SAME = dict.fromkeys(DECLARED.containers, OLD)
LIVE = replace(
    RUNNING,
    hashes=SAME,
    containers={n: replace(c, config_hash=OLD) for n, c in RUNNING.containers.items()},
)
KESTRA = DECLARED["kestra"].image


def hashed(hashes: Mapping[str, str]) -> dict[str, Answer]:
    """Compose's answer about the files that are about to be written."""
    lines = "".join(f"{service} {value}\n" for service, value in hashes.items())
    return {"sh -s": (True, f"time=… level=warning\n{lines}", "")}


def planned(
    seen: StackSeen = LIVE,
    answers: Mapping[str, Answer] | None = None,
    executing: bool = False,
    files: Mapping[str, str] | None = None,
    **coming: Any,
) -> tuple[FakeHost, list[str]]:
    """The host, and what the stack's operation would run there after the earlier ones."""
    host = FakeHost({Health: HostHealth(), Stack: seen}, answers)
    host.state.is_executing = False
    ahead.of(host.as_host).files |= files or {}
    for name, value in coming.items():
        getattr(ahead.of(host.as_host), name).update(value)
    host.state.is_executing = executing
    return host, raw(yielded(host, stack.up, stack=DECLARED))


def fates(host: FakeHost) -> dict[str, str]:
    return dict(ahead.of(host.as_host).fates)


def test_a_compose_file_that_makes_kestra_otherwise_restarts_it() -> None:
    host, commands = planned(
        answers=hashed({**SAME, "kestra": NEW}), files={COMPOSE: "name: wanted\n"}
    )
    assert commands == ["_accepted", "drain_and_stop", "_up"]
    assert fates(host) == {"kestra": "restarts"}
    (said,) = host.logs
    assert "container tools-kestra: was made from other values than compose.yaml" in said


@pytest.mark.parametrize(
    "files", [{COMPOSE: "name: wanted\n"}, {ENV: "KESTRA_HTTP_PORT=8080\n"}], ids=["compose", "env"]
)
def test_files_that_are_put_back_restart_nothing(files: dict[str, str]) -> None:
    """By hand both are others than the containers were made from; what is written is not."""
    edited = replace(LIVE, hashes={**SAME, "kestra": NEW, "postgres": NEW})
    host, commands = planned(edited, answers=hashed(SAME), files=files)
    assert (commands, fates(host)) == ([], {})


def test_what_is_ahead_counts_no_more_when_it_is_executed() -> None:
    host, commands = planned(
        answers=hashed({**SAME, "kestra": NEW}), executing=True, files={COMPOSE: "name: wanted\n"}
    )
    assert commands == [] and host.ran == [], "live state decides"


def test_other_files_cost_no_channel_and_restart_nothing() -> None:
    host, commands = planned(files={"/opt/kestra/scripts/lib/common.sh": "", "/etc/x.timer": ""})
    assert (commands, fates(host), host.ran) == ([], {}, [])


def test_secrets_of_the_wanted_env_travel_on_stdin_alone() -> None:
    secret = "Obviously-fake-1"
    host, _ = planned(
        answers=hashed({**SAME, "kestra": NEW}), files={ENV: f"KESTRA_DB_PASSWORD={secret}\n"}
    )
    (arguments,) = [a for c, a in host.ran if c.get_raw_value() == "sh -s"]
    assert secret not in host.said
    assert secret not in arguments["_stdin"], "and not in clear, where -vvv could show it"
    assert "--env-file /run/kestra-provision-" in arguments["_stdin"]
    assert "umask 077" in arguments["_stdin"] and "trap 'rm -rf" in arguments["_stdin"]


def test_compose_that_cannot_tell_is_no_promise() -> None:
    host, commands = planned(
        answers={"sh -s": (False, "", "gone")}, files={COMPOSE: "name: wanted\n"}
    )
    assert commands == ["_accepted", "drain_and_stop", "drain_and_stop", "_up"]
    assert fates(host) == {"postgres": "may-restart", "kestra": "may-restart"}


def test_kestra_is_stopped_for_a_database_that_is_made_anew() -> None:
    host, commands = planned(
        answers=hashed({**SAME, "postgres": NEW}), files={COMPOSE: "name: wanted\n"}
    )
    assert commands == ["_accepted", "drain_and_stop", "drain_and_stop", "_up"]
    assert fates(host) == {"postgres": "restarts", "kestra": "restarts"}


@pytest.mark.parametrize(
    ("fetched", "fate"),
    [
        (Fetched("sha256:kestra"), {}),
        (Fetched("sha256:other", another=True), {"kestra": "restarts"}),
        (Fetched("sha256:other"), {"kestra": "may-restart"}),
        (Fetched(), {"kestra": "may-restart"}),
    ],
    ids=["the one that runs", "another one", "by another kind of id", "pulled"],
)
def test_an_image_that_is_fetched(fetched: Fetched, fate: dict[str, str]) -> None:
    host, commands = planned(images={KESTRA: fetched})
    assert fates(host) == fate
    assert bool(commands) is bool(fate)


def test_an_image_that_was_removed_and_comes_back_restarts_nothing() -> None:
    """Docker forgets a tag and not what runs from it."""
    lost = replace(LIVE, images={k: v for k, v in LIVE.images.items() if k != KESTRA})
    host, commands = planned(lost, images={KESTRA: Fetched("sha256:kestra")})
    assert (commands, fates(host)) == ([], {})


@pytest.mark.parametrize(
    ("seen", "fate"),
    [
        (changed("kestra", status="exited"), {"kestra": "starts"}),
        (changed("kestra", health="unhealthy"), {"kestra": "restarts"}),
        (changed("kestra", memory_mb=5), {"kestra": "restarts"}),
        (changed("kestra", status="paused"), {}),
        (changed("kestra", status="paused", health="unhealthy"), {}),
        (replace(RUNNING, containers={}), {"postgres": "starts", "kestra": "starts"}),
    ],
    ids=["exited", "unhealthy", "docker update", "frozen", "frozen for long", "nothing there"],
)
def test_what_a_deploy_does_to_what_it_finds(seen: StackSeen, fate: dict[str, str]) -> None:
    host, commands = planned(seen)
    assert commands != []
    assert fates(host) == fate


def test_nothing_is_certain_while_docker_is_silent() -> None:
    host = FakeHost({Health: HostHealth(), Stack: replace(RUNNING, containers={})})
    host.state.is_executing = False
    ahead.of(host.as_host).docker_silent = True
    yielded(host, stack.up, stack=DECLARED)
    assert fates(host) == {"postgres": "may-restart", "kestra": "may-restart"}


def test_a_container_of_no_service_any_more_is_named() -> None:
    orphan = replace(RUNNING.containers["tools-kestra"], name="old", service="redis")
    host, _ = planned(replace(RUNNING, containers={**RUNNING.containers, "old": orphan}))
    assert fates(host) == {"old": "stops"}


def test_a_container_that_only_gets_its_name_back_goes_on() -> None:
    seen = dict(RUNNING.containers)
    seen["by-hand"] = replace(seen.pop("tools-kestra"), name="by-hand")
    host, commands = planned(replace(RUNNING, containers=seen))
    assert "docker rename by-hand tools-kestra" in commands
    assert fates(host) == {}
