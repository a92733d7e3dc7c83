"""Whatever a connector raises is told of its host, and the others go on."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gevent
import paramiko
import pytest
from pyinfra.api.config import Config
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import BaseStateCallback, State
from pyinfra.connectors.ssh import SSHConnector

from kestra_provision.remote import connect
from kestra_provision.remote.transport import transport
from kestra_provision.remote.way import Way, WayError
from kestra_provision.run import connecting, hosts


class Told(BaseStateCallback):
    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def host_connect_error(self, state: State, host: Host, error: Exception) -> None:  # type: ignore[override]
        self.errors.append(error)


def host_of(**data: Any) -> tuple[Host, Told]:
    told, usual = Told(), _original(Host.init)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Host, "init", lambda self, state: connecting.init(usual, self, state))
        state = State(Inventory((["vps1"], data)), Config())
    state.cwd = "/"
    state.add_callback_handler(told)
    (host,) = state.inventory
    return host, told


def _original(function: Any) -> Any:
    return getattr(function, "__wrapped__", function)


@pytest.mark.parametrize(
    "raised",
    [
        ValueError("no port"),
        KeyError("x"),
        TypeError("int"),
        paramiko.SSHException("no"),
        socket.gaierror(-2, "Name unknown"),
        OSError("refused"),
        gevent.Timeout(1),
        UnicodeError("label too long"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_error_of_any_kind_is_one_of_this_host(raised: BaseException) -> None:
    host, told = host_of()

    def original(host: Host, **_: Any) -> None:
        raise raised

    connecting.connect(original, host, show_errors=False)
    (error,) = told.errors
    assert isinstance(error, ConnectError)
    assert type(raised).__name__ in str(error)
    with pytest.raises(ConnectError):
        connecting.connect(original, host, show_errors=False, raise_exceptions=True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"ssh_key": "/missing"}, "No such private key file: /missing"),
        ({"ssh_config_file": "/missing"}, "there is no /missing"),
        ({"ssh_port": "abc"}, "`ssh_port`: str is not an instance of int"),
        ({"ssh_key": 5}, "`ssh_key`: int is not an instance of str"),
        ({"ssh_strict_host_key_checking": "perhaps"}, "perhaps"),
        ({"ssh_hostname": "no-such-host.invalid"}, "Could not resolve hostname"),
        ({"ssh_hostname": "-oProxyCommand=false"}, "a host cannot be called"),
    ],
)
def test_what_the_inventory_says_wrong(data: dict[str, Any], said: str) -> None:
    host, told = host_of(**data)
    if isinstance(host.connector, SSHConnector):
        with pytest.raises(ConnectError) as error:
            connect.connect(lambda _: None, host.connector)
        assert said in str(error.value)
    else:
        connecting.connect(_original(Host.connect), host, show_errors=False)
        assert said in str(told.errors[0])
        assert not host.connected
        assert host.connector_cls is SSHConnector


#: In two parts, or whoever looks for keys in a repository would find one.
_BEGIN = "-----BEGIN OPENSSH" + " PRIVATE KEY-----"


@pytest.mark.parametrize("text", ["", "garbage", f"{_BEGIN}\nAAAA\n"])
def test_key_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    key = tmp_path / "key"
    key.write_text(text)
    host, _ = host_of(ssh_key=str(key))
    assert isinstance(host.connector, SSHConnector)
    with pytest.raises(ConnectError, match=str(key)):
        connect.connect(lambda _: None, host.connector)


def test_encrypted_key_without_its_passphrase_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    paramiko.RSAKey.generate(2048).write_private_key_file(str(key), password="x")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    host, _ = host_of(ssh_key=str(key))
    assert isinstance(host.connector, SSHConnector)
    with pytest.raises(ConnectError, match="is encrypted, set ssh_key_password"):
        connect.connect(lambda _: None, host.connector)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Host vps1\n  ProxyJump vps1", "jumphost loop via vps1|in a circle"),
        ("Host *\n  ProxyJump jump", "jumphost loop via jump|in a circle"),
        ("Host vps1\n  ProxyJump %h", "circle: vps1 -> vps1"),
        ("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\nHost vps1\n  ProxyJump a", "b -> a"),
        ("Match nonsense x", "ssh refuses its configuration"),
    ],
)
def test_way_that_leads_nowhere(tmp_path: Path, text: str, said: str) -> None:
    config = tmp_path / "config"
    config.write_text(text)
    host, _ = host_of(ssh_config_file=str(config))
    assert isinstance(host.connector, SSHConnector)
    with pytest.raises(ConnectError, match=said):
        connect.connect(lambda _: None, host.connector)


@pytest.mark.parametrize("name", ["vps1..example.com", "v" * 64])
def test_name_that_is_none(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    host, _ = host_of(ssh_hostname=name)
    assert isinstance(host.connector, SSHConnector)
    with pytest.raises(ConnectError, match="is no name of a host; mend ssh_hostname"):
        connect.connect(lambda _: None, host.connector)
    assert capfd.readouterr() == ("", "")


def test_address_and_family_are_those_that_ssh_would_take() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        to = Way("127.0.0.1", {"port": [port], "bindaddress": ["127.0.0.9"]})
        reached = connect._network(to, 5)
        assert reached
        with reached:
            assert server.accept()[1][0] == "127.0.0.9"
    refused = Way("127.0.0.1", {"port": [port], "addressfamily": ["inet"]})
    with pytest.raises(ConnectionRefusedError):
        connect._network(refused, 5)
    with pytest.raises(socket.gaierror):
        connect._network(Way("127.0.0.1", {"addressfamily": ["inet6"]}), 5)
    assert connect._network(Way("127.0.0.1", {"addressfamily": ["any"]}), 5) is None


@pytest.mark.parametrize(
    ("command", "said"), [("false", "ended at once"), ("echo no ssh here", "SSH|ended at once")]
)
def test_proxy_command_that_speaks_to_no_sshd(tmp_path: Path, command: str, said: str) -> None:
    config = tmp_path / "config"
    config.write_text(f"ProxyCommand {command}\nUserKnownHostsFile none\n")
    host, _ = host_of(ssh_config_file=str(config))
    assert isinstance(host.connector, SSHConnector)
    with pytest.raises(ConnectError, match=said):
        connect.connect(lambda _: None, host.connector)


def test_each_chosen_host_is_reached_or_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a connector fails without a word."""
    host, _ = host_of()
    monkeypatch.setattr(hosts, "judged", lambda *_: (host.state, [host]))
    for name in ("connect_all", "disconnect_all"):
        monkeypatch.setattr(hosts, name, lambda state: None)
    monkeypatch.setattr(host.state, "set_stage", lambda stage: None)
    with hosts.connected_hosts("inventory") as (_, reached, missing):
        assert reached == []
        assert list(missing) == ["vps1"]
        assert missing["vps1"]


def test_channel_is_waited_for_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair()
    made = transport(here)
    moments = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: float(next(moments)))
    opened: list[str] = []

    def full(self: paramiko.Transport, kind: str, *_: Any, **__: Any) -> str:
        opened.append(kind)
        if len(opened) < 3:
            raise paramiko.ChannelException(2, "Connect failed")
        return "channel"

    def never(self: paramiko.Transport, kind: str, *_: Any, **__: Any) -> str:
        opened.append(kind)
        raise paramiko.ChannelException(2, "Connect failed")

    monkeypatch.setattr(paramiko.Transport, "open_channel", full)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    waited: Any = made.open_channel("session")
    assert waited == "channel"
    monkeypatch.setattr(paramiko.Transport, "open_channel", never)
    with pytest.raises(paramiko.SSHException, match="MaxSessions in /etc/ssh/sshd_config"):
        made.open_channel("session")
    opened.clear()
    with pytest.raises(paramiko.ChannelException):
        made.open_channel("direct-tcpip")
    assert opened == ["direct-tcpip"]
    there.close()
    here.close()


def test_way_error_is_no_error_of_ssh() -> None:
    """It is final: nothing is tried again."""
    assert not issubclass(WayError, (OSError, paramiko.SSHException))


def test_connections_send_small_packets_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        transport(here)
        assert here.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        here.close()
