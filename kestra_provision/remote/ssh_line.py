"""The way to a host, in the words of the ssh client."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.host import Host
from pyinfra.connectors.ssh import SSHConnector


def name(host: Host) -> str:
    """The host as the network knows it."""
    return str(host.data.get("ssh_hostname") or host.name)


def over_ssh(host: Host) -> bool:
    """True for a host that is reached by SSH, and not the machine itself."""
    return issubclass(host.connector_cls, SSHConnector)


def destination(host: Host) -> str:
    """Whom the ssh client connects to."""
    user = host.data.get("ssh_user")
    return f"{user}@{name(host)}" if user else name(host)


def ssh_options(host: Host) -> list[str]:
    """What the inventory says of the way to a host, as options of the ssh client.

    What it does not say is left to ssh and its configuration, jump hosts included.
    """
    file = host.data.get("ssh_config_file")
    return [*(["-F", _expanded(file)] if file else []), *told(host)]


def told(host: Host) -> list[str]:
    """The same without the file of its configuration, whose words come after these."""
    data = host.data
    line: list[str] = []
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


def _expanded(file: object) -> str:
    return str(Path(str(file)).expanduser())
