"""With what a user shows who they are: keys of the inventory, of files, and of an agent."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import paramiko
import pyinfra
from paramiko.agent import AgentKey, AgentSSH
from paramiko.pkey import PublicBlob
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.connectors.ssh_util import load_key_with_certificate

from kestra_provision.remote.way import Way


class Agent(AgentSSH):
    """The keys of the agent behind one socket; paramiko's own knows that of the environment."""

    def __init__(self, path: str, only: Sequence[bytes] | None = None) -> None:
        """+ only: public keys; all of the agent's by default"""
        super().__init__()
        self._only = only
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
            self._connect(connection)  # type: ignore[attr-defined]  # private, and untyped
        except (OSError, paramiko.SSHException):  # ssh goes on without it, too
            connection.close()

    def get_keys(self) -> tuple[AgentKey, ...]:
        keys = super().get_keys()
        return tuple(key for key in keys if self._only is None or key.asbytes() in self._only)

    def close(self) -> None:
        """Hangs up."""
        self._close()  # type: ignore[attr-defined]  # private, and untyped


def own(host: Host) -> dict[str, Any]:
    """The key and password that the inventory names, as paramiko takes them.

    Raises `PyinfraError` for a key that cannot be read.
    """
    found: dict[str, Any] = {}
    if password := host.data.get("ssh_password"):
        found["password"] = str(password)
    if name := host.data.get("ssh_key"):
        found["pkey"] = _key(host, str(name), host.data.get("ssh_key_password"))
    return found


def of_way(way: Way) -> tuple[dict[str, Any], Agent | None]:
    """Keys in files as paramiko takes them, and the agent."""
    files = [file for file in way.files("identityfile") if file.is_file()]
    found: dict[str, Any] = {"key_filename": [str(file) for file in files]}
    for certificate in [file for file in way.files("certificatefile") if file.is_file()][:1]:
        for file in files:
            try:
                found["pkey"] = load_key_with_certificate(
                    str(file), certificate_filename=str(certificate), allow_prompt=False
                )
            except (PyinfraError, paramiko.SSHException, OSError, ValueError):
                continue
            break
    socket_of_agent = _agent_socket(way)
    if not socket_of_agent:
        return found, None
    only = [*_public(files)] if way.on("identitiesonly") else None
    return found, Agent(socket_of_agent, only)


def _agent_socket(way: Way) -> str:
    said = next(iter(way.options.get("identityagent", ())), "SSH_AUTH_SOCK").strip('"')
    if said == "SSH_AUTH_SOCK":
        return os.environ.get("SSH_AUTH_SOCK", "")
    if said.lower() == "none":
        return ""
    return (
        os.environ.get(said[1:], "")
        if said.startswith("$") and said[1:2] != "{"
        else (way.expanded(said))
    )


def _public(files: Sequence[Path]) -> list[bytes]:
    """The public keys beside files; a file may be a public key itself."""
    found = []
    for file in files:
        for beside in (file, file.with_name(f"{file.name}.pub")):
            try:
                words = beside.read_text(encoding="ascii").split()
                found.append(PublicBlob.from_string(" ".join(words[:2])).key_blob)
            except (OSError, ValueError):
                continue
    return found


def _key(host: Host, name: str, password: Any) -> paramiko.PKey:
    keys: dict[str, paramiko.PKey] = host.state.private_keys
    if name not in keys:
        ask = bool(pyinfra.is_cli) and sys.stdin.isatty()
        told = "" if password is None else str(password)
        try:
            keys[name] = load_key_with_certificate(name, told, cwd=host.state.cwd, allow_prompt=ask)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise PyinfraError(f"private key {name} cannot be read: {error}") from error
    return keys[name]
