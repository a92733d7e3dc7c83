"""Stage stack: who reaches whom, asked of Docker and of the host's own listening sockets."""

from testinfra.host import Host

from tests.machine.stack import Stack


def test_postgres_is_only_in_the_network_with_kestra(stack: Stack) -> None:
    assert len(stack.postgres.networks) == 1
    assert set(stack.postgres.networks) < set(stack.kestra.networks)


def test_kestra_is_in_the_shared_network(host: Host, stack: Stack) -> None:
    form = '{{index .Labels "com.docker.compose.project"}}'
    owners = {
        name: host.check_output("docker network inspect --format %s %s", form, name)
        for name in stack.kestra.networks
    }
    # The project's own are removed with the stack, whoever else is in them.
    assert len([name for name, owner in owners.items() if owner != stack.kestra.project]) == 1


def test_published_ports(stack: Stack) -> None:
    assert stack.kestra.published == {
        "8080/tcp": {(stack.bind_address, stack.http_port)},
        "8081/tcp": {("127.0.0.1", stack.management_port)},
    }


def test_postgres_publishes_no_port(stack: Stack) -> None:
    assert stack.postgres.published == {}


def test_management_port_listens_on_loopback_only(host: Host, stack: Stack) -> None:
    assert _listeners(host, stack.management_port) == {"127.0.0.1"}


def test_http_port_listens_where_it_was_asked_to(host: Host, stack: Stack) -> None:
    listening = _listeners(host, stack.http_port)
    everybody = {"0.0.0.0", "::", "*"} if stack.bind_address in ("0.0.0.0", "::") else set()
    assert listening
    assert listening <= {stack.bind_address, *everybody}


def _listeners(host: Host, port: int) -> set[str]:
    lines = host.check_output("ss -Hltn").splitlines()
    addresses = (line.split()[3].rpartition(":") for line in lines)
    return {address.strip("[]") for address, _, number in addresses if number == str(port)}
