"""Where Kestra of a host is for its users: an address, or a tunnel to it."""

from __future__ import annotations

import shlex
from ipaddress import ip_address
from pathlib import Path

from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector

from kestra_provision.settings import Settings


def needs_tunnel(host: Host, settings: Settings) -> bool:
    """True when Kestra listens on the loopback of another machine."""
    return _over_ssh(host) and ip_address(settings.bind_address).is_loopback


def url(host: Host, settings: Settings) -> str:
    """What users open; where a tunnel is needed, once there is one."""
    address = ip_address(settings.bind_address)
    if settings.kestra_url or address.is_loopback or not _over_ssh(host):
        return settings.url
    name = _name(host) if address.is_unspecified else str(address)
    return f"http://{f'[{name}]' if ':' in name else name}:{settings.http_port}/"


def ssh_line(host: Host, settings: Settings) -> str:
    """The tunnel as a command to copy; `http_port` has the same number at both of its ends."""
    forward = f"{settings.http_port}:{settings.local_address}:{settings.http_port}"
    return shlex.join(["ssh", "-N", *ssh_options(host), "-L", forward, destination(host)])


def destination(host: Host) -> str:
    """Whom the ssh client connects to."""
    user = host.data.get("ssh_user")
    return f"{user}@{_name(host)}" if user else _name(host)


def ssh_options(host: Host) -> list[str]:
    """What the inventory says of the way to a host, as options of the ssh client.

    What it does not say is left to ssh and its configuration, jump hosts included.
    """
    data = host.data
    line: list[str] = []
    if file := data.get("ssh_config_file"):
        line += ["-F", _expanded(file)]
    if port := data.get("ssh_port"):
        line += ["-p", str(port)]
    if key := data.get("ssh_key"):
        # pyinfra offers this key only; ssh would try all of the agent's first.
        line += ["-i", _expanded(key), "-o", "IdentitiesOnly=yes"]
    if file := data.get("ssh_known_hosts_file"):
        known_hosts = _expanded(file)
        quote = '"' if " " in known_hosts else ""  # for ssh, which takes several names
        line += ["-o", f"UserKnownHostsFile={quote}{known_hosts}{quote}"]
    if strict := data.get("ssh_strict_host_key_checking"):
        line += ["-o", f"StrictHostKeyChecking={strict}"]
    return line


def _name(host: Host) -> str:
    return str(host.data.get("ssh_hostname") or host.name)


def _over_ssh(host: Host) -> bool:
    return issubclass(host.connector_cls, SSHConnector)


def _expanded(file: str) -> str:
    return str(Path(file).expanduser())
