"""A tunnel from the laptop to Kestra on a host's loopback, held by the user's own ssh client."""

from __future__ import annotations

import errno
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from pyinfra.api.host import Host

from kestra_provision.remote import ssh_line

_PAUSE = 0.1


def command(host: Host, target: str, port: int) -> list[str]:
    """The ssh client's command line: a forward and nothing else.

    + target: `ADDRESS:PORT` as the host itself sees it
    + port: on the laptop; `localhost:` keeps it from others whatever ssh's GatewayPorts says
    """
    forward = f"localhost:{port}:{target}"
    line = ["ssh", "-N", "-o", "ExitOnForwardFailure=yes", "-L", forward]
    return [*line, *ssh_line.ssh_options(host), "--", ssh_line.destination(host)]


def free_port(wanted: int) -> int:
    """`wanted`, or the next port above it, when it is busy on this machine's loopback."""
    return next(port for port in range(wanted, 65536) if not _is_taken(port))


def hold(line: Sequence[str], port: int, ready: Callable[[], None]) -> int:
    """Runs the ssh client until it ends or Ctrl-C ends it; returns its exit code, 0 for Ctrl-C.

    + port: of the laptop, where the tunnel begins
    + ready: called once the tunnel is open, which may be after a question for a password
    """
    process = subprocess.Popen(line)
    interrupted: list[int] = []

    def end(number: int, _frame: object) -> None:
        interrupted.append(number)
        process.terminate()

    # Without this a `kill` of this program would leave the tunnel open behind it.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # gevent would show a KeyboardInterrupt on the terminal before it lets it through.
    before_interrupt = signal.signal(signal.SIGINT, end)
    try:
        while process.poll() is None and not _answers(port):
            time.sleep(_PAUSE)
        if process.poll() is None:
            ready()
        status = process.wait()
        return 0 if interrupted else status
    finally:
        signal.signal(signal.SIGTERM, before)
        process.terminate()
        process.wait()
        signal.signal(signal.SIGINT, before_interrupt)


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
