"""How the summary tells to open Kestra."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.host import Host

from kestra_provision.settings import Settings
from kestra_provision.summary import open_line


def fake(name: str = "vps1", **data: Any) -> Host:
    return cast(Host, SimpleNamespace(name=name, data=data))


def test_loopback_is_opened_through_a_tunnel() -> None:
    assert open_line(fake(), Settings()) == (
        "vps1: ssh -N -L 8080:127.0.0.1:8080 vps1   then open http://localhost:8080/\n"
        "vps1: kestra-provision credentials vps1   shows user and password"
    )


def test_tunnel_takes_what_the_inventory_says_of_ssh() -> None:
    host = fake(ssh_user="debian", ssh_port=2222, ssh_key="~/.ssh/k", ssh_hostname="192.0.2.1")
    assert open_line(host, Settings(http_port=9090)).startswith(
        "vps1: ssh -N -p 2222 -i ~/.ssh/k -L 9090:127.0.0.1:9090 debian@192.0.2.1   "
        "then open http://localhost:9090/\n"
    )


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1", "::1:2"])
def test_open_address_needs_no_tunnel(address: str) -> None:
    settings = Settings(bind_address=address, kestra_url="https://k.example.com/")
    assert open_line(fake(), settings) == (
        "vps1: open https://k.example.com/   password: kestra-provision credentials vps1"
    )


def test_this_machine_needs_no_tunnel() -> None:
    assert open_line(fake("@local"), Settings()).startswith(
        "@local: open http://localhost:8080/   password: "
    )


@pytest.mark.parametrize(
    ("address", "target"),
    [("127.0.0.1", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("::1", "[::1]")],
)
def test_tunnel_ends_at_the_address_kestra_listens_on(address: str, target: str) -> None:
    line = open_line(fake(), Settings(bind_address=address))
    assert f" -L 8080:{target}:8080 " in line
