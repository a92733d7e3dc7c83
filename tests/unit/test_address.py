"""Where Kestra is, and the way there: one answer for the table, status, open and credentials."""

import shlex
from typing import Any

import pytest
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory

from kestra_provision.profiles import stack_of
from kestra_provision.profiles.devorch import DevOrch
from kestra_provision.profiles.tools import Tools
from kestra_provision.settings import Settings
from kestra_provision.stack.service import Port
from kestra_provision.status import address
from kestra_provision.status.summary import beside_lines, open_line
from kestra_provision.text.next_command import NextCommand


def ui(settings: Settings) -> Port:
    """Where people open Kestra."""
    return stack_of(settings).pages[0].port


def host(name: str = "vps1", **data: Any) -> Host:
    return Inventory(([(name, data)], {})).get_host(name)


@pytest.mark.parametrize(
    ("name", "data", "bound", "tunnel", "url"),
    [
        ("vps1", {}, "127.0.0.1", True, "http://localhost:8080/"),
        ("vps1", {}, "::1", True, "http://localhost:8080/"),
        ("vps1", {}, "0.0.0.0", False, "http://vps1:8080/"),
        ("vps1", {"ssh_hostname": "192.0.2.1"}, "0.0.0.0", False, "http://192.0.2.1:8080/"),
        ("vps1", {"ssh_hostname": "2001:db8::7"}, "::", False, "http://[2001:db8::7]:8080/"),
        ("vps1", {"ssh_hostname": "192.0.2.1"}, "10.0.0.5", False, "http://10.0.0.5:8080/"),
        ("vps1", {}, "2001:db8::5", False, "http://[2001:db8::5]:8080/"),
        ("@local", {}, "127.0.0.1", False, "http://localhost:8080/"),
        ("@local", {}, "0.0.0.0", False, "http://localhost:8080/"),
        ("@local", {}, "127.0.0.2", False, "http://127.0.0.2:8080/"),
        ("vps1", {}, "127.0.0.2", True, "http://localhost:8080/"),
    ],
)
def test_address_or_tunnel(
    name: str, data: dict[str, Any], bound: str, tunnel: bool, url: str
) -> None:
    target, settings = host(name, **data), Tools(bind_address=bound)
    assert address.needs_tunnel(target, settings) is tunnel
    assert address.url(target, settings) == url
    assert open_line(target, settings, NextCommand()).startswith(
        f"{name}: ssh -N " if tunnel else f"{name}: open {url}   password: "
    )


def test_port_is_that_of_the_container_when_it_has_another_one() -> None:
    assert address.url(host(), Tools(), 9090) == "http://localhost:9090/"
    settings = Tools(kestra_url="https://kestra.example.com/")
    assert address.url(host(), settings, 9090) == "https://kestra.example.com/"


@pytest.mark.parametrize("bound", ["0.0.0.0", "192.0.2.1", "127.0.0.1"])
def test_users_address_wins(bound: str) -> None:
    settings = Tools(bind_address=bound, kestra_url="https://kestra.example.com/")
    assert address.url(host(), settings) == "https://kestra.example.com/"


@pytest.mark.parametrize(
    ("bound", "target"),
    [("127.0.0.1", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("::1", "[::1]")],
)
def test_tunnel_ends_where_kestra_listens(bound: str, target: str) -> None:
    line = address.ssh_line(host(), ui(Tools(bind_address=bound, http_port=9090)))
    assert line == shlex.join(["ssh", "-N", "-L", f"9090:{target}:9090", "vps1"])


def test_line_to_copy_survives_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    target = host(ssh_user="me", ssh_port=2222, ssh_key="~/my keys/k", ssh_hostname="192.0.2.1")
    assert shlex.split(address.ssh_line(target, ui(Tools()))) == [
        *("ssh", "-N", "-p", "2222", "-i", "/home/me/my keys/k", "-o", "IdentitiesOnly=yes"),
        *("-L", "8080:127.0.0.1:8080", "me@192.0.2.1"),
    ]


def test_next_command_names_the_inventory_in_use() -> None:
    usual, other = NextCommand(), NextCommand("my hosts")
    assert usual.deploy() == "pyinfra inventory deploy.py"
    assert usual.day_two("open", "vps1") == "kestra-provision open vps1"
    assert other.deploy("--limit", "a") == "pyinfra 'my hosts' deploy.py --limit a"
    assert open_line(host(), Tools(), other).endswith(
        "vps1: kestra-provision credentials vps1 --inventory 'my hosts'   shows user and password"
    )


def test_what_is_opened_beside_kestra_has_a_line_of_its_own() -> None:
    assert beside_lines(host(), stack_of(Tools())) == []
    (line,) = beside_lines(host(), stack_of(DevOrch(n8n_port=5679)))
    assert line.startswith("vps1: n8n: ssh -N ")
    assert "-L 5679:127.0.0.1:5679" in line
    assert line.endswith("then open http://localhost:5679/")
    settings = DevOrch(n8n_bind_address="0.0.0.0", n8n_url="https://n8n.example.com/")
    assert beside_lines(host(), stack_of(settings)) == ["vps1: n8n: open https://n8n.example.com/"]
