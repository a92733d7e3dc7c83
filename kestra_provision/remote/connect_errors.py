"""The way out of each error of a connection."""

from __future__ import annotations

import click
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.remote.connect import UnreachableError
from kestra_provision.remote.ssh_line import destination

_NO_BANNER = (
    "the server ended the connection before it said who it is: is ssh_port right, or does it let "
    "in too few at a time (MaxStartups in sshd_config)? A ProxyCommand has to speak to its sshd"
)
#: What helps, by a part of what is said. The first that fits counts.
_WAYS_OUT = {
    "private key": "name a key that is there in ssh_key, and its passphrase in ssh_key_password; "
    "or leave ssh_key out and load the key into your ssh-agent: ssh-add",
    "Authentication": "name the user (ssh_user) and the key (ssh_key) in the inventory, "
    "or load the key into your ssh-agent: ssh-add",
    "No authentication methods": "name the user (ssh_user) and the key (ssh_key) in the inventory, "
    "or load the key into your ssh-agent: ssh-add",
    "is encrypted": "load the key into your ssh-agent: ssh-add; or name its passphrase in "
    "ssh_key_password",
    "No existing session": "the other side says nothing: is ssh_port right, and does a "
    "ProxyCommand speak to its sshd?",
    "resolve hostname": "check the name in the inventory, or set ssh_hostname to the server's "
    "address",
    "ended at once": _NO_BANNER,
    "banner": _NO_BANNER,
    "Could not connect": "is the server up, is ssh_port right, does a firewall let you in?",
    "timed out": "is the server up, is ssh_port right, does a firewall let you in?",
}


class ConnectAdvice(BaseStateCallback):
    """Says how to mend a connection that failed; pyinfra itself only names the error."""

    @staticmethod
    def host_connect_error(state: State, host: Host, error: Exception) -> None:
        if fix := way_out(host, error):
            click.echo(f"      where: {_target(host)}\n      fix:   {fix}", err=True)


def way_out(host: Host, error: Exception) -> str:
    """What helps against this error; empty when nothing is known."""
    if isinstance(error, UnreachableError) and error.fix:
        return error.fix
    return next((fix for part, fix in _WAYS_OUT.items() if part in str(error)), "")


def _target(host: Host) -> str:
    port = host.data.get("ssh_port") or 22
    user, _, name = destination(host).rpartition("@")
    entry = name if port == 22 else f"[{name}]:{port}"
    return f"{user}@{entry}" if user else entry
