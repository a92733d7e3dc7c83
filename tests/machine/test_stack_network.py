"""Stage stack: who reaches whom, asked of Docker and of the host's own listening sockets."""

import pytest
from testinfra.host import Host

from tests.machine.stack import PORTS, Stack

#: Whether it joins the network of the database server, and the one shared with other stacks.
NETWORKS = {
    "dind": (False, True),
    "kestra": (True, True),
    "n8n": (True, True),
    "postgres": (True, False),
    "sidecar": (False, True),
}


@pytest.fixture
def internal(host: Host, stack: Stack) -> set[str]:
    """The project's own network where it needs one: compose removes it, whoever else is in it."""
    label = f"label=com.docker.compose.project={stack.kestra.project}"
    return set(host.check_output("docker network ls -qf %s --format {{.Name}}", label).split())


def test_there_is_one_network_for_the_server(stack: Stack, internal: set[str]) -> None:
    assert len(internal) == ("postgres" in stack.services)


def test_joins_these_networks_and_no_others(stack: Stack, internal: set[str], service: str) -> None:
    shared = set(stack.kestra.networks) - internal
    assert len(shared) == 1, "no stack but this one reaches Kestra, or more than one does"
    inside, outside = NETWORKS[service]
    expected = (internal if inside else set()) | (shared if outside else set())
    assert set(stack.container(service).networks) == expected


def test_publishes_these_ports_and_no_others(stack: Stack, service: str) -> None:
    expected = {
        inside: {(stack.addresses[name], stack.port(name))}
        for name, (of, inside) in PORTS.items()
        if of == service
    }
    assert stack.container(service).published == expected


@pytest.mark.parametrize("name", PORTS)
def test_port_listens_where_it_was_asked_to(host: Host, stack: Stack, name: str) -> None:
    stack.need(PORTS[name][0])
    address = stack.addresses[name]
    everybody = {"0.0.0.0", "::", "*"} if address in ("0.0.0.0", "::") else set()
    listening = _listeners(host, stack.port(name))
    assert listening
    assert listening <= {address, *everybody}


def _listeners(host: Host, port: int) -> set[str]:
    lines = host.check_output("ss -Hltn").splitlines()
    addresses = (line.split()[3].rpartition(":") for line in lines)
    return {address.strip("[]") for address, _, number in addresses if number == str(port)}
