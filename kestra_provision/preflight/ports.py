"""Judges the ports of the stack: free, ours, or somebody's."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from kestra_provision.facts.survey import HostSurvey, Listener
from kestra_provision.settings import Problem, Settings


def taken_ports(settings: Settings, survey: HostSurvey) -> Iterator[Problem]:
    """Ports of ours that somebody else listens on, with who it is."""
    stack = [c for c in survey.containers if c.belongs_to(settings.project_name)]
    ours = {port for c in stack for port in c.published}
    restarting = any(c.status.startswith("Restarting") for c in stack)
    holders = {
        port: f"container {c.name}"
        for c in survey.containers
        if c not in stack
        for port in c.published
    }
    for name, address in (("http_port", settings.bind_address), ("management_port", "127.0.0.1")):
        port = getattr(settings, name)
        taken = next((s for s in survey.listeners if s.port == port and _clash(s, address)), None)
        if taken is None or port in ours:
            continue
        # While a container restarts docker ps lists no ports of it, and the proxy keeps them.
        if restarting and taken.holder.startswith("docker-proxy"):
            continue
        yield Problem(
            f"port {port} is taken by {holders.get(port, taken.holder)}",
            f"{taken.address}:{port} on the host",
            f"stop it, or set {name} to a free port",
        )


def _clash(listener: Listener, address: str) -> bool:
    everybody = {"0.0.0.0", "*", "::"}
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
