"""Connecting to hosts: the way out of each error, and a place to keep their keys."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from pyinfra.connectors.ssh import SSHConnector

KNOWN_HOSTS = "~/.ssh/known_hosts"


class ConnectAdvice(BaseStateCallback):
    """Says how to mend a connection that failed; pyinfra itself only names the error."""

    @staticmethod
    def host_connect_error(state: State, host: Host, error: Exception) -> None:
        if fix := way_out(host, str(error)):
            click.echo(f"      where: {_target(host)}\n      fix:   {fix}", err=True)


def way_out(host: Host, error: str) -> str | None:
    """What helps against this error of pyinfra's SSH connector; None when nothing is known."""
    if "host key error" in error:
        return (
            "if the server was installed anew, forget its old key: "
            f"ssh-keygen -f {_known_hosts(host)} -R {shlex.quote(_entry(host))}   "
            "If it was not, somebody may stand between you and it"
        )
    if "StrictPolicy" in error:
        port, name = host.data.get("ssh_port") or 22, shlex.quote(_name(host))
        return (
            f"ssh-keyscan -p {port} {name} >> {_known_hosts(host)}   "
            "after you compared its key with what your provider shows"
        )
    if "Authentication" in error or "No authentication methods" in error:
        return (
            "name the user (ssh_user) and the key (ssh_key) in the inventory, "
            "or load the key into your ssh-agent: ssh-add"
        )
    if "EOF when reading" in error:
        return (
            "the jump host is unknown here and there is no terminal to ask: connect to it once "
            "with ssh, or give it StrictHostKeyChecking accept-new in ssh_config_file"
        )
    if "resolve hostname" in error:
        return "check the name in the inventory, or set ssh_hostname to the server's address"
    if "Could not connect" in error or "timed out" in error:
        return "is the server up, is ssh_port right, does a firewall let you in?"
    return None


def keep_known_hosts(hosts: list[Host]) -> None:
    """Makes the file in which keys of new hosts are kept, as ssh does; pyinfra would fail.

    Raises `PyinfraError` where it cannot be made.
    """
    for host in hosts:
        if isinstance(host.connector, SSHConnector):
            file = Path(host.data.get("ssh_known_hosts_file") or KNOWN_HOSTS).expanduser()
            try:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                file.touch(mode=0o600)
            except OSError as error:
                raise PyinfraError(
                    f"{file} cannot be made, where keys of new hosts are kept ({error.strerror}); "
                    f"set ssh_known_hosts_file of {host.name} to another file"
                ) from error


def _name(host: Host) -> str:
    return str(host.data.get("ssh_hostname") or host.name)


def _entry(host: Host) -> str:
    """The host as known_hosts names it."""
    port = host.data.get("ssh_port") or 22
    return _name(host) if port == 22 else f"[{_name(host)}]:{port}"


def _target(host: Host) -> str:
    user = host.data.get("ssh_user")
    return f"{user}@{_entry(host)}" if user else _entry(host)


def _known_hosts(host: Host) -> str:
    file = str(host.data.get("ssh_known_hosts_file") or KNOWN_HOSTS)
    return file if file.startswith("~") else shlex.quote(file)
