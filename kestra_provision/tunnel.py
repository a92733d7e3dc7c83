"""A tunnel from the laptop to Kestra on a host's loopback, held by the user's own ssh client."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector

from kestra_provision.settings import Settings

_PAUSE = 0.1


def is_needed(host: Host, settings: Settings) -> bool:
    """True when Kestra listens on the loopback of another machine."""
    return _over_ssh(host) and ip_address(settings.bind_address).is_loopback


def direct_url(host: Host, settings: Settings) -> str:
    """Where to find Kestra without a tunnel."""
    address = ip_address(settings.bind_address)
    if settings.kestra_url or address.is_loopback or not _over_ssh(host):
        return settings.url
    name = _name(host) if address.is_unspecified else str(address)
    return f"http://{f'[{name}]' if ':' in name else name}:{settings.http_port}/"


def command(host: Host, settings: Settings, port: int) -> list[str]:
    """The ssh client's command line: a forward and nothing else.

    + port: on the laptop; `localhost:` keeps it from others whatever ssh's GatewayPorts says

    What the inventory does not say is left to ssh and its configuration, jump hosts included.
    """
    forward = f"localhost:{port}:{settings.local_address}:{settings.http_port}"
    line = ["ssh", "-N", "-o", "ExitOnForwardFailure=yes", "-L", forward]
    data = host.data
    for option, name in (("-p", "ssh_port"), ("-l", "ssh_user")):
        if value := data.get(name):
            line += [option, str(value)]
    if file := data.get("ssh_config_file"):
        line += ["-F", _expanded(file)]
    if key := data.get("ssh_key"):
        # pyinfra offers this key only; ssh would try all of the agent's first.
        line += ["-i", _expanded(key), "-o", "IdentitiesOnly=yes"]
    if file := data.get("ssh_known_hosts_file"):
        line += ["-o", f'UserKnownHostsFile="{_expanded(file)}"']
    if strict := data.get("ssh_strict_host_key_checking"):
        line += ["-o", f"StrictHostKeyChecking={strict}"]
    return [*line, "--", _name(host)]


def free_port(wanted: int) -> int:
    """`wanted`, or the next port above it, when it is busy on this machine's loopback."""
    return next(port for port in range(wanted, 65536) if not _is_taken(port))


def hold(line: Sequence[str], port: int, ready: Callable[[], None]) -> int:
    """Runs the ssh client until it ends or Ctrl-C ends it; returns its exit code, 0 for Ctrl-C.

    + port: of the laptop, where the tunnel begins
    + ready: called once the tunnel is open, which may be after a question for a password
    """
    process = subprocess.Popen(line)
    # Without this a `kill` of this program would leave the tunnel open behind it.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        while process.poll() is None and not _answers(port):
            time.sleep(_PAUSE)
        if process.poll() is None:
            ready()
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        process.terminate()
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()


def _over_ssh(host: Host) -> bool:
    return issubclass(host.connector_cls, SSHConnector)


def _name(host: Host) -> str:
    return str(host.data.get("ssh_hostname") or host.name)


def _expanded(file: str) -> str:
    return str(Path(file).expanduser())


def _is_taken(port: int) -> bool:
    """Ports below 1024 count as taken for who may not open them."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return True
    try:
        socket.create_server(("::1", port), family=socket.AF_INET6).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE  # else it is a machine without IPv6
    return False


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True
