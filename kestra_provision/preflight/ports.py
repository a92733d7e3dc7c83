"""Judges the ports of the stack: free, ours, or somebody's."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kestra_provision.facts.survey import HostSurvey, Listener
from kestra_provision.settings import Problem
from kestra_provision.settings.addresses import EVERYWHERE
from kestra_provision.stack.stack import Stack


def taken_ports(stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    """Ports of ours that somebody else listens on, with who it is."""
    own = [c for c in survey.containers if c.belongs_to(stack.project)]
    ours = {port for c in own for port in c.published}
    restarting = any(c.status.startswith("Restarting") for c in own)
    holders = {
        port: f"container {c.name}"
        for c in survey.containers
        if c not in own
        for port in c.published
    }
    for _, declared in stack.published:
        port, address = declared.published, declared.address
        taken = next((s for s in survey.listeners if s.port == port and _clash(s, address)), None)
        if taken is None or port in ours:
            continue
        # While a container restarts docker ps lists no ports of it, and the proxy keeps them.
        if restarting and taken.holder.startswith("docker-proxy"):
            continue
        yield Problem(
            f"port {port} is taken by {holders.get(taken.port, taken.holder)}",
            f"{taken.address}:{port} on the host",
            f"stop it, or set {declared.setting} to a free port",
        )


def _clash(listener: Listener, address: str) -> bool:
    everybody = {*EVERYWHERE, "*"}
    if listener.address in everybody or address in everybody:
        return True
    try:
        return _ip(listener.address) == _ip(address)
    except ValueError:
        return False


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Java binds IPv4 loopback as ::ffff:127.0.0.1."""
    ip = ipaddress.ip_address(address)
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip
