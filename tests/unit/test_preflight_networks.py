"""The networks of a stack: one to join, or room to make it."""

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from kestra_provision.facts.network import NetworkSeen
from kestra_provision.facts.platform import Platform, Route
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.preflight.networks import judge_networks, overlapping
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.quick import Quick
from tests.unit.preflight_hosts import BARE, RUNNING, STACK


def routed(*routes: Route, survey: HostSurvey = RUNNING, **changed: Any) -> HostSurvey:
    """The host with these routes."""
    return replace(survey, platform=Platform(routes=routes), **changed)


def routes(*told: str) -> tuple[Route, ...]:
    return tuple(Route(IPv4Network(each), "eth0") for each in told)


BRIDGE = NetworkSeen("bridge")
NETWORKS = {
    "overlay": (NetworkSeen("overlay"), "an overlay of a swarm"),
    "macvlan": (NetworkSeen("macvlan"), "is a macvlan one"),
    "host": (NetworkSeen("host"), "is a host one"),
    "internal": (NetworkSeen("bridge", internal=True), "is internal"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_network_that_nobody_can_join(name: str) -> None:
    seen, what = NETWORKS[name]
    (problem,) = judge_networks(STACK, RUNNING, {STACK.shared: seen})
    assert what in problem.what
    assert "set network to another name" in problem.fix


@pytest.mark.parametrize(
    "seen",
    [{}, {STACK.shared: BRIDGE}, {STACK.shared: NetworkSeen("overlay", attachable=True)}],
)
def test_network_to_join_or_to_make(seen: dict[str, NetworkSeen]) -> None:
    assert list(judge_networks(STACK, RUNNING, seen)) == []


@pytest.mark.parametrize(
    ("name", "project", "ours", "refused"),
    [
        (STACK.shared, "other", False, False),
        (STACK.internal, "tools-kestra", True, False),
        (STACK.internal, "tools-kestra", False, True),
        (STACK.internal, "", True, True),
        (STACK.internal, "other", True, True),
    ],
)
def test_network_of_the_stack_alone_is_no_strangers(
    name: str, project: str, ours: bool, refused: bool
) -> None:
    seen = {name: NetworkSeen("bridge", project=project, ours=ours)}
    assert [p.what for p in judge_networks(STACK, RUNNING, seen)] == (
        ["a network named tools-kestra_internal exists and is not ours"] if refused else []
    )
    assert list(judge_networks(stack_of(Quick()), RUNNING, seen)) == []


#: The defaults, all of them taken; and a pool of one's own, with one of two.
ALL = routes("172.16.0.0/12", "192.168.0.0/16")
OWN = {"default-address-pools": [{"base": "10.99.0.0/24", "size": 25}]}


@pytest.mark.parametrize(
    ("daemon", "taken", "free"),
    [
        ({}, ALL, "no"),
        ({}, routes("192.168.0.0/16", "172.24.0.0/13", "172.20.0.0/14"), None),
        ({}, routes("0.0.0.0/1", "128.0.0.0/1"), "no"),
        (OWN, routes("10.99.0.0/24"), "no"),
        (OWN, routes("10.99.0.0/25"), "1"),
        (OWN, ALL, None),
        ({"default-address-pools": [{"base": "fd00::/64", "size": 80}]}, ALL, "no"),
    ],
)
def test_address_pools(daemon: dict[str, Any], taken: tuple[Route, ...], free: str | None) -> None:
    survey = routed(*taken, daemon=daemon)
    found = list(judge_networks(STACK, survey, {}))
    assert [p.what.startswith(f"Docker has {free} subnet left") for p in found] == (
        [] if free is None else [True]
    )


def test_room_is_needed_only_for_what_is_to_be_made() -> None:
    full = routed(*ALL)
    own = {STACK.internal: NetworkSeen("bridge", project="tools-kestra", ours=True)}
    assert list(judge_networks(STACK, full, {**own, STACK.shared: BRIDGE})) == []
    (problem,) = judge_networks(STACK, full, {STACK.shared: BRIDGE})
    assert "the stack needs 1" in problem.what
    quick = stack_of(Quick())
    assert list(judge_networks(quick, full, {quick.shared: BRIDGE})) == []
    # Docker is not there yet, and neither is what takes its place.
    assert list(judge_networks(STACK, routed(*ALL, survey=BARE), {})) == []


def test_routes_behind_a_gateway_take_no_subnet() -> None:
    behind = tuple(replace(route, on_link=False) for route in ALL)
    assert list(judge_networks(STACK, routed(*behind), {})) == []


def test_network_over_a_vpn_is_said() -> None:
    ours = Route(IPv4Network("172.19.0.0/16"), "br-95062112c554")
    vpn = Route(IPv4Network("172.19.7.0/24"), "wg0", on_link=False)
    (said,) = overlapping(routed(ours, vpn))
    assert said.severity == "notice"
    assert "172.19.7.0/24 by wg0" in said.actual
    all_of_it = Route(IPv4Network("0.0.0.0/1"), "tun0")
    others = (*routes("10.0.0.0/8"), all_of_it, Route(IPv4Network("172.19.7.0/24"), "br-other"))
    assert list(overlapping(routed(ours, *others))) == []
