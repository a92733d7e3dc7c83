"""Whom a deploy must stop it stops by itself, after the executions of Kestra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pyinfra.api.command import FunctionCommand

from kestra_provision.facts.stack import Stack
from kestra_provision.operations import stack, stopping
from kestra_provision.run.options import Deploy
from tests.operations.fake_host import FakeHost, raw, yielded
from tests.operations.test_stack import DECLARED, RECREATE, RUNNING, WELL, changed


@pytest.mark.parametrize(
    "values",
    [
        {"image": "sha256:0"},
        {"config_hash": "another"},
        {"status": "paused", "config_hash": "x"},
        {"health": "unhealthy", "config_hash": "x"},
    ],
    ids=["another image", "other values", "frozen as well", "unhealthy as well"],
)
def test_whom_compose_makes_anew_is_drained_and_stopped_before(values: dict[str, str]) -> None:
    host = FakeHost({**WELL, Stack: changed("kestra", **values)})
    commands = yielded(host, stack.up, stack=DECLARED)
    assert raw(commands)[-2:] == ["drain_and_stop", "_up"]
    assert "drain_and_restart" not in raw(commands)
    stop = commands[-2]
    assert isinstance(stop, FunctionCommand)
    assert stop.args == (DECLARED, "kestra")


def test_renamed_one_is_drained_and_stopped_before_as_well() -> None:
    seen = dict(changed("kestra", config_hash="another").containers)
    kestra = seen.pop("tools-kestra")
    seen["by-hand"] = replace(kestra, name="by-hand")
    host = FakeHost({**WELL, Stack: replace(RUNNING, containers=seen)})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == [
        "_accepted",
        "drain_and_stop",
        "docker rename by-hand tools-kestra",
        "_up",
    ]


def test_stop_that_meets_a_restart_is_not_left_to_compose() -> None:
    """It would lose it: a container in a restart loop is stopped for certain."""
    host = FakeHost({**WELL, Stack: changed("kestra", status="restarting")})
    assert raw(yielded(host, stack.up, stack=DECLARED)) == [
        "_accepted",
        "drain_and_stop",
        f"{RECREATE}kestra",
        "_up",
    ]


def test_kestra_that_is_only_frozen_is_not_stopped() -> None:
    host = FakeHost({**WELL, Stack: changed("kestra", status="paused")})
    assert "drain_and_stop" not in raw(yielded(host, stack.up, stack=DECLARED))


@pytest.mark.parametrize("work", [stopping.drain_and_stop, stopping.drain_and_restart])
def test_only_a_service_with_work_is_drained(
    monkeypatch: pytest.MonkeyPatch, work: Callable[..., bool]
) -> None:
    drained: list[tuple[Any, ...]] = []
    monkeypatch.setattr(stopping, "drain", lambda *given: drained.append(given))
    host = FakeHost()
    host.run.options["deploy"] = Deploy(drain_timeout=7)
    for service in DECLARED.services:
        named = service.name if work is stopping.drain_and_stop else service.container
        assert work(host.state, host, DECLARED, named) is True
        assert len(drained) == (service.name == "kestra")
    assert [(given[2], given[3]) for given in drained] == [(DECLARED, 7)]


@pytest.mark.parametrize(
    ("values", "ended"),
    [
        ({"status": "exited"}, []),
        ({"health": "unhealthy"}, []),
        ({"config_hash": "another"}, ["kestra", "postgres"]),
    ],
    ids=["down", "unwell", "made anew"],
)
def test_what_is_found_again_by_itself_ends_kestra_only_when_we_end_it(
    values: dict[str, str], ended: list[str]
) -> None:
    """Tasks may work in it; one that is down has nothing to lose, and flows go on without it."""
    services = tuple(replace(s, rejoined=s.name == "postgres") for s in DECLARED.services)
    rejoining = replace(DECLARED, services=services)
    host = FakeHost({**WELL, Stack: changed("postgres", **values)})
    commands = yielded(host, stack.up, stack=rejoining)
    stops = [c for c in commands if raw([c]) == ["drain_and_stop"]]
    assert [c.args[1] for c in stops if isinstance(c, FunctionCommand)] == ended
