"""The sidecar API, where there is one, keeps its contract: its own health, and a token."""

import pytest
from testinfra.host import Host

from tests.machine.container import Container, variable
from tests.machine.probe import Who, ask
from tests.machine.stack import PORTS, Stack

TOKEN = "SIDECAR_TOKEN"
#: Of a path that there is and of one that there is not, the same is said without a token.
CLOSED = ["/", "/workflows", "/no-such-path", "/health/no-such-path"]
#: Ways to say no to a request that would have changed something.
REFUSED = {401, 403, 404, 405, 501}
#: Where it finds its neighbours: the name of their port in `.env` says which one of the container.
NEIGHBOURS = {"KESTRA_URL": "KESTRA_HTTP_PORT", "N8N_URL": "N8N_PORT"}


@pytest.fixture
def sidecar(stack: Stack) -> Container:
    return stack.container("sidecar")


def test_says_that_it_is_healthy(host: Host, stack: Stack, sidecar: Container) -> None:
    answer = ask(host, *stack.at("SIDECAR_PORT"), "/health", body=True)
    assert answer.status == 200
    assert '"status"' in answer.body


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("who", ["nobody", "wrong"])
def test_is_closed(
    host: Host, stack: Stack, env: str, sidecar: Container, path: str, who: Who
) -> None:
    at = stack.at("SIDECAR_PORT")
    assert ask(host, *at, path, who=who, env=env, token=TOKEN).status == 401


def test_nobody_can_change_anything(host: Host, stack: Stack, sidecar: Container) -> None:
    answer = ask(host, *stack.at("SIDECAR_PORT"), "/workflows", method="POST")
    assert answer.status in REFUSED


def test_opens_to_its_token(host: Host, stack: Stack, env: str, sidecar: Container) -> None:
    # What it has to say there is its own affair.
    answer = ask(host, *stack.at("SIDECAR_PORT"), "/", who="ours", env=env, token=TOKEN)
    assert answer.status not in (0, 401, 403)


def test_does_not_open_to_kestras_password(
    host: Host, stack: Stack, env: str, sidecar: Container
) -> None:
    assert ask(host, *stack.at("SIDECAR_PORT"), "/", who="ours", env=env).status == 401


def test_is_told_where_its_neighbours_are(host: Host, stack: Stack, sidecar: Container) -> None:
    for name, port in NEIGHBOURS.items():
        service, inside = PORTS[port]
        address = f"http://{stack.container(service).name}:{inside.removesuffix('/tcp')}"
        assert variable(host, sidecar, name) == address


def test_has_nothing_of_the_host(sidecar: Container) -> None:
    assert sidecar.mounts == []
    assert not sidecar.limits["Devices"]
    assert sidecar.limits["NetworkMode"] != "host"
    assert sidecar.limits["PidMode"] != "host"


def test_is_not_root(host: Host, sidecar: Container) -> None:
    # As the host sees it: the image need not have a program that could tell.
    pid = str(sidecar.state["Pid"])
    users = host.check_output("sed -n 's/^Uid://p' /proc/%s/status", pid).split()
    assert len(users) == 4
    assert "0" not in users
