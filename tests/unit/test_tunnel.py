"""The tunnel: its command line, its port, its life."""

import signal
import socket
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory

from kestra_provision.remote import tunnel


def host(name: str = "vps1", **data: Any) -> Host:
    return Inventory(([(name, data)], {})).get_host(name)


def test_plain_host_is_left_to_ssh_and_its_configuration() -> None:
    assert tunnel.command(host(), "127.0.0.1:8080", 8080) == [
        *("ssh", "-N", "-o", "ExitOnForwardFailure=yes"),
        *("-L", "localhost:8080:127.0.0.1:8080", "--", "vps1"),
    ]


def test_ssh_data_of_the_inventory_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    target = host(
        ssh_hostname="192.0.2.7",
        ssh_port=2222,
        ssh_user="admin",
        ssh_key="~/.ssh/one",
        ssh_known_hosts_file="/my keys/known",
        ssh_strict_host_key_checking="yes",
        ssh_config_file="~/jump",
    )
    line = tunnel.command(target, "127.0.0.1:9000", 9001)
    assert line[-2:] == ["--", "admin@192.0.2.7"]
    pairs = [*pairwise(line)]
    for pair in (
        ("-L", "localhost:9001:127.0.0.1:9000"),
        ("-p", "2222"),
        ("-i", "/home/me/.ssh/one"),
        ("-o", "IdentitiesOnly=yes"),
        ("-o", 'UserKnownHostsFile="/my keys/known"'),
        ("-o", "StrictHostKeyChecking=yes"),
        ("-F", "/home/me/jump"),
    ):
        assert pair in pairs


def test_ssh_client_reads_it_as_it_is_meant(tmp_path: Path) -> None:
    key = tmp_path / "a key"
    key.touch()
    target = host(
        ssh_hostname="h", ssh_port=2222, ssh_user="u", ssh_key=str(key), ssh_known_hosts_file="/a b"
    )
    line = tunnel.command(target, "127.0.0.1:8080", 8080)
    shown = subprocess.run([line[0], "-G", *line[1:]], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    for text in ("port 2222", "user u", "userknownhostsfile /a b", f"identityfile {key}"):
        assert text in shown.stdout.splitlines()


def test_ipv6_loopback_of_the_host_is_bracketed() -> None:
    line = tunnel.command(host(), "[::1]:8080", 8080)
    assert "localhost:8080:[::1]:8080" in line


def test_busy_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert tunnel.free_port(port) > port
    assert tunnel.free_port(port) == port


LISTENS = """
import socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    time.sleep(float(sys.argv[2]))
sys.exit(3)
"""


def test_ready_is_called_once_the_port_answers() -> None:
    called = []
    port = tunnel.free_port(20800)
    line = [sys.executable, "-c", LISTENS, str(port), "1"]
    assert tunnel.hold(line, port, lambda: called.append(tunnel._answers(port))) == 3
    assert called == [True]


def test_client_that_ends_at_once_is_never_ready() -> None:
    line = [sys.executable, "-c", "raise SystemExit(255)"]
    assert tunnel.hold(line, tunnel.free_port(20800), lambda: pytest.fail("ready")) == 255


def test_ctrl_c_ends_the_client_and_is_no_error() -> None:
    port = tunnel.free_port(20800)

    def interrupt() -> None:
        signal.raise_signal(signal.SIGINT)

    line = [sys.executable, "-c", LISTENS, str(port), "600"]
    assert tunnel.hold(line, port, interrupt) == 0
    assert not tunnel._answers(port)


HOLDS = """
import pyinfra_cli, sys  # as the command does: it patches signals and processes
from kestra_provision.remote import tunnel
ready = lambda: print("ready", flush=True)
sys.exit(tunnel.hold([sys.executable, *sys.argv[1:]], int(sys.argv[3]), ready))
"""


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_no_tunnel_outlives_its_command(sent: signal.Signals, status: int) -> None:
    port = tunnel.free_port(20800)
    line = [sys.executable, "-c", HOLDS, "-c", LISTENS, str(port), "600"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(sent)
    assert process.wait(timeout=60) == status
    assert not tunnel._answers(port)
