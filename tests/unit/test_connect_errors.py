"""Each error of a connection with its way out."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.ssh import SSHConnector

from kestra_provision.remote.connect import UnreachableError
from kestra_provision.remote.connect_errors import ConnectAdvice, way_out


def fake(connector: type = SSHConnector, **data: Any) -> Host:
    made = SimpleNamespace(name="vps1", data=data, connector=object.__new__(connector))
    return cast(Host, made)


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("No such private key file: /missing", "name a key that is there in ssh_key"),
        ("Private key file (k) is encrypted, set ssh_key_password to use this key", "ssh-add"),
        ("Authentication error (root@vps1: Authentication failed.)", "ssh-add"),
        ("SSH error (No authentication methods available)", "ssh-add"),
        ("SSH error (Error reading SSH protocol banner)", "MaxStartups"),
        ("Could not connect (the connection ended at once)", "MaxStartups"),
        ("SSH error (No existing session)", "ProxyCommand"),
        ("Could not resolve hostname ([Errno -2] Name unknown)", "ssh_hostname"),
        ("Could not connect (timed out)", "firewall"),
        ("SSH error (timed out)", "firewall"),
    ],
)
def test_way_out(error: str, fix: str) -> None:
    assert fix in way_out(fake(), ConnectError(error))


def test_unknown_error_gets_no_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert way_out(fake(), ConnectError("SSH error (Incompatible ssh peer)")) == ""
    ConnectAdvice().host_connect_error(cast(State, None), fake(), Exception("Incompatible"))
    assert capsys.readouterr().err == ""


def test_what_helps_is_said_where_it_is_known() -> None:
    assert way_out(fake(), UnreachableError("Could not connect", "do this")) == "do this"


def test_advice_names_the_target(capsys: pytest.CaptureFixture[str]) -> None:
    host = fake(ssh_user="debian", ssh_port=2222)
    ConnectAdvice().host_connect_error(cast(State, None), host, Exception("Could not connect"))
    where, fix = capsys.readouterr().err.splitlines()
    assert where == "      where: debian@[vps1]:2222"
    assert fix.startswith("      fix:   is the server up")
