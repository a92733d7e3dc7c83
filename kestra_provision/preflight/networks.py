"""Judges the networks of the stack: one to join, or room to make it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts.network import NetworkSeen
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.settings import Problem
from kestra_provision.stack.stack import Stack
from kestra_provision.text.difference import Difference

#: Where Docker takes the subnets of networks from that nobody gave one, each with their length.
_POOLS = (
    ("172.17.0.0/16", 16),
    ("172.18.0.0/16", 16),
    ("172.19.0.0/16", 16),
    ("172.20.0.0/14", 16),
    ("172.24.0.0/14", 16),
    ("172.28.0.0/14", 16),
    ("192.168.0.0/16", 20),
)
_BRIDGES = ("br-", "docker")


def judge_networks(
    stack: Stack, survey: HostSurvey, seen: Mapping[str, NetworkSeen]
) -> Iterator[Problem]:
    """Why the stack's containers could not have their networks.

    + seen: by name, those that are there

    The network that two stacks share may be anybody's. The internal one may not: compose takes none
    but its own.
    """
    yield from _joined(stack, seen.get(stack.shared, NetworkSeen()))
    internal = seen.get(stack.internal)
    if internal and not (internal.ours and internal.project == stack.project):
        yield Problem(
            f"a network named {stack.internal} exists and is not ours",
            "docker network ls on the host",
            f"set project_name to another name, or if nobody needs it: "
            f"docker network rm {shlex.quote(stack.internal)}",
        )
    wanted = sum(bool(name) and name not in seen for name in (stack.shared, stack.internal))
    if survey.docker and (free := _free_subnets(survey, wanted)) < wanted:
        yield Problem(
            f"Docker has {free or 'no'} subnet left to give, and the stack needs {wanted}: its "
            "address pools are used up by networks and routes of the host",
            f"default-address-pools in {DAEMON_JSON}, ip route on the host",
            "remove networks that nobody uses: docker network prune; or add a pool there, then: "
            "systemctl restart docker",
        )


def _joined(stack: Stack, seen: NetworkSeen) -> Iterator[Problem]:
    """Why the stack's containers could not join the network that they share with others."""
    where = f"docker network inspect {stack.shared} on the host"
    fix = "set network to another name, or remove it: docker network rm " + stack.shared
    if seen.driver == "overlay" and not seen.attachable:
        yield Problem(
            f"the network {stack.shared} is an overlay of a swarm that no container may join",
            where,
            fix,
        )
    elif seen.driver not in ("", "bridge", "overlay"):
        yield Problem(
            f"the network {stack.shared} is a {seen.driver} one, which publishes no ports",
            where,
            fix,
        )
    elif seen.internal:
        yield Problem(
            f"the network {stack.shared} is internal: no port is published, and no task gets out",
            where,
            fix,
        )


def overlapping(survey: HostSurvey) -> Iterator[Difference]:
    """Networks of Docker's that hide a part of another network of the host's, such as a VPN."""
    routes = survey.platform.routes
    bridges = [route.destination for route in routes if route.device.startswith(_BRIDGES)]
    for other in (route for route in routes if not route.device.startswith(_BRIDGES)):
        for subnet in (each for each in bridges if each.overlaps(other.destination)):
            # What takes more than a network takes all but what has a route of its own.
            if other.destination.prefixlen >= subnet.prefixlen:
                yield Difference(
                    f"network {subnet} of Docker's",
                    "apart from the host's",
                    f"has within it the route to {other.destination} by {other.device}: "
                    "containers there and hosts there do not reach each other",
                    f"another default-address-pools in {DAEMON_JSON}, then make the network anew",
                    "notice",
                )


def _free_subnets(survey: HostSurvey, enough: int) -> int:
    """How many are left; counted up to `enough`."""
    # What lies behind a gateway is no matter of Docker's.
    taken = [route.destination for route in survey.platform.routes if route.on_link]
    free = 0
    for pool, size in _pools(survey):
        for subnet in pool.subnets(new_prefix=size):
            if free >= enough:
                return free
            free += not any(subnet.overlaps(route) for route in taken)
    return free


def _pools(survey: HostSurvey) -> Iterator[tuple[IPv4Network, int]]:
    """As daemon.json has them, if they make sense; IPv6 ones make no room here."""
    own = survey.daemon.get("default-address-pools")
    found = [(p.get("base"), p.get("size")) for p in own or [] if isinstance(p, dict)]
    for base, size in found or _POOLS:
        try:
            pool = IPv4Network(str(base), strict=False)
        except ValueError:
            continue
        if isinstance(size, int) and pool.prefixlen <= size <= 32:
            yield pool, size
