"""Each error of a connection with its way out, and the file for keys of new hosts."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.local import LocalConnector
from pyinfra.connectors.ssh import SSHConnector

from kestra_provision.remote.connect_errors import ConnectAdvice, keep_known_hosts, way_out


def fake(connector: type = SSHConnector, **data: Any) -> Host:
    made = SimpleNamespace(name="vps1", data=data, connector=object.__new__(connector))
    return cast(Host, made)


@pytest.mark.parametrize(
    ("data", "command"),
    [
        ({}, "ssh-keygen -f ~/.ssh/known_hosts -R vps1 "),
        ({"ssh_hostname": "192.0.2.1"}, "ssh-keygen -f ~/.ssh/known_hosts -R 192.0.2.1 "),
        (
            {"ssh_port": 2222, "ssh_known_hosts_file": "/my keys"},
            "ssh-keygen -f '/my keys' -R '[vps1]:2222' ",
        ),
    ],
)
def test_changed_key_names_file_and_entry(data: dict[str, Any], command: str) -> None:
    error = "SSH host key error (Host key for vps1 does not match.)"
    assert command in str(way_out(fake(**data), error))


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (
            "SSH error (StrictPolicy: No host key for vps1 found in known_hosts)",
            "ssh-keyscan -p 22",
        ),
        ("Authentication error (username=root)", "ssh-add"),
        ("SSH error (No authentication methods available)", "ssh-add"),
        ("EOF error (EOF when reading a line)", "ssh_config_file"),
        ("Could not resolve hostname ([Errno -2] Name unknown)", "ssh_hostname"),
        ("Could not connect (timed out)", "firewall"),
        ("SSH error (timed out)", "firewall"),
    ],
)
def test_way_out(error: str, fix: str) -> None:
    assert fix in str(way_out(fake(), error))


def test_unknown_error_gets_no_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert way_out(fake(), "SSH error (Incompatible ssh peer)") is None
    ConnectAdvice().host_connect_error(cast(State, None), fake(), Exception("Incompatible"))
    assert capsys.readouterr().err == ""


def test_advice_names_the_target(capsys: pytest.CaptureFixture[str]) -> None:
    host = fake(ssh_user="debian", ssh_port=2222)
    ConnectAdvice().host_connect_error(cast(State, None), host, Exception("Could not connect"))
    where, fix = capsys.readouterr().err.splitlines()
    assert where == "      where: debian@[vps1]:2222"
    assert fix.startswith("      fix:   is the server up")


def test_file_of_known_hosts_is_made_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "known_hosts"
    keep_known_hosts([fake(ssh_known_hosts_file=str(file))])
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("kept")
    keep_known_hosts([fake(ssh_known_hosts_file=str(file))])
    assert file.read_text() == "kept"


def test_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PyinfraError, match="set ssh_known_hosts_file of vps1 to another file"):
        keep_known_hosts([fake(ssh_known_hosts_file=str(tmp_path / "file" / "known_hosts"))])


def test_this_machine_needs_no_keys(tmp_path: Path) -> None:
    keep_known_hosts([fake(LocalConnector, ssh_known_hosts_file=str(tmp_path / "a" / "b"))])
    assert not (tmp_path / "a").exists()
