"""The SSH transport under each connection: quick, and aware of a host that is gone."""

from __future__ import annotations

import socket
from typing import Any

import paramiko

from kestra_provision.remote.shell import LOST

#: A host that is silent for about a minute, asked or sent to, counts as lost.
_SOCKET_OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (
            ("TCP_KEEPIDLE", 30),
            ("TCP_KEEPINTVL", 10),
            ("TCP_KEEPCNT", 4),
            ("TCP_USER_TIMEOUT", 70_000),
        )
        if hasattr(socket, name)  # macOS knows them by other names
    ),
]


def transport(sock: socket.socket, **options: Any) -> paramiko.Transport:
    """A transport that is quick with small commands, and notices a host that is gone.

    paramiko leaves Nagle's algorithm on, which costs 40 ms for each command. And the system
    waits 15 minutes for a host that says nothing, or for ever when nothing is sent to it.
    """
    if isinstance(sock, socket.socket):  # through a jump host it is a channel
        for level, option, value in _SOCKET_OPTIONS:
            sock.setsockopt(level, option, value)
    return _Transport(sock, **options)


class _Transport(paramiko.Transport):
    """Where the connection was lost, paramiko raises what pyinfra does not expect of it.

    An EOFError ends the run of all hosts, an SSHException only this one's.
    """

    def open_channel(self, *arguments: Any, **options: Any) -> paramiko.Channel:
        try:
            return super().open_channel(*arguments, **options)
        except EOFError as error:
            raise paramiko.SSHException(LOST) from error
