"""Output of a command on a host while it runs; pyinfra hands it over when the command has ended."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import paramiko
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.connectors.util import make_unix_command_for_host

from kestra_provision.remote.session import Session
from kestra_provision.remote.shell import LOST, shell_arguments

_CHUNK = 1 << 16
_SILENCE = 1.0


class ConnectionEndedError(Exception):
    """The connection went before the command ended."""


@dataclass(frozen=True)
class Running:
    """+ chunks: its stdout as it comes, empty after a second of silence, to be read once
    + exit_code: waits for the end; raises `ConnectionEndedError` when there was none
    """

    chunks: Iterator[bytes]
    exit_code: Callable[[], int]


@contextlib.contextmanager
def running(host: Host, command: StringCommand) -> Iterator[Running]:
    """Starts a command with the host's own sudo settings; nothing of it is printed or logged.

    Its stdin stays open and silent until the block is left, however it is left: a command that
    has to end then watches for that.
    """
    unix = make_unix_command_for_host(host.state, host, command, **shell_arguments(host))
    client = getattr(host.connector, "client", None)
    if isinstance(client, paramiko.SSHClient):
        with _over_ssh(client, unix.get_raw_value()) as started:
            yield started
    else:
        with _here(unix.get_raw_value()) as started:
            yield started


@contextlib.contextmanager
def _over_ssh(client: paramiko.SSHClient, command: str) -> Iterator[Running]:
    transport = client.get_transport()
    try:
        if transport is None:
            raise EOFError
        session = Session(transport, command)
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise ConnectionEndedError(LOST) from error
    session.channel.settimeout(_SILENCE)

    def exit_code() -> int:
        code = session.exit_status()
        if code < 0:  # no status ever came
            raise ConnectionEndedError(LOST)
        return code

    def chunks() -> Iterator[bytes]:
        yield from session.chunks()
        exit_code()

    try:
        yield Running(chunks(), exit_code)
    finally:
        session.channel.close()


@contextlib.contextmanager
def _here(command: str) -> Iterator[Running]:
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is ours to pass on, and sudo's way is through stdin
    )
    assert process.stdin
    assert process.stdout
    output = process.stdout.fileno()

    def chunks() -> Iterator[bytes]:
        while True:
            chunk = b""
            if select.select([output], [], [], _SILENCE)[0] and not (
                chunk := os.read(output, _CHUNK)
            ):
                break
            yield chunk

    try:
        yield Running(chunks(), process.wait)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()
