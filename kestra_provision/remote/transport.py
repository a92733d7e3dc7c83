"""The SSH transport under each connection: quick, and aware of a host that is gone."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import time
from typing import Any

import paramiko

from kestra_provision.remote.shell import LOST

# It shows its own inside for a connection that does not come about, which is told anyway; and a
# refused connection through it is an error for it, while we wait for Kestra to start.
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)

#: Seconds to wait for a channel where the server has as many open as it allows, and ends one.
_PATIENCE = 3.0
_PAUSE = 0.1

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
    # Through a jump host it is a channel, and a ProxyCommand has a socket of its own.
    if isinstance(sock, socket.socket) and sock.family != socket.AF_UNIX:
        for level, option, value in _SOCKET_OPTIONS:
            sock.setsockopt(level, option, value)
    return _Transport(sock, **options)


class _Transport(paramiko.Transport):
    """Where the connection was lost, paramiko raises what pyinfra does not expect of it.

    An EOFError ends the run of all hosts, an SSHException only this one's.

    + forced_by: the line of the server's authorized_keys that forces another command; empty
      without one
    """

    forced_by = ""

    def open_channel(self, kind: str, *arguments: Any, **options: Any) -> paramiko.Channel:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return super().open_channel(kind, *arguments, **options)
            except EOFError as error:
                raise paramiko.SSHException(LOST) from error
            except paramiko.ChannelException as error:
                if kind != "session":
                    raise
                if time.monotonic() > deadline:
                    raise paramiko.SSHException(
                        f"the SSH server opens no channel for a command ({error.text}); it allows "
                        "too few: MaxSessions in /etc/ssh/sshd_config"
                    ) from error
                time.sleep(_PAUSE)

    def stop_thread(self) -> None:
        """At the end the connection that this one goes through may have ended already."""
        with contextlib.suppress(EOFError, OSError, paramiko.SSHException):
            super().stop_thread()

    def _parse_debug(self, message: paramiko.Message) -> None:
        """sshd says which key let somebody in, and with what options."""
        message.get_boolean()
        said = message.get_string().decode(errors="replace")
        if found := re.match(r"(\S+:\d+): key options:.* command(\s|$)", said):
            self.forced_by = found[1]
