"""Streams a file of the laptop into a command on a host."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable
from typing import IO, Any

import paramiko
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.connectors.util import make_unix_command_for_host

from kestra_provision.remote.session import Session
from kestra_provision.remote.shell import LOST, Result, lost, shell_arguments

_CHUNK = 1 << 20


def stream(
    host: Host, command: StringCommand, source: IO[bytes], progress: Callable[[int], None]
) -> Result:
    """Runs one command with `source` on its stdin, without a copy on the host's disk.

    + progress: called with the number of bytes sent so far, after each MiB

    pyinfra's own `_stdin` takes text only and holds all of it in memory.
    """
    unix = make_unix_command_for_host(host.state, host, command, **shell_arguments(host))
    client = getattr(host.connector, "client", None)
    if isinstance(client, paramiko.SSHClient):
        try:
            result = _stream_ssh(client, unix.get_raw_value(), source, progress)
        except (OSError, EOFError, paramiko.SSHException) as error:
            result = Result(False, "", str(error))
        return Result(False, "", LOST) if lost(host) else result
    return _stream_local(unix.get_raw_value(), source, progress)


def _copy(
    source: IO[bytes], write: Callable[[bytes], Any], progress: Callable[[int], None]
) -> None:
    sent = 0
    while chunk := source.read(_CHUNK):
        write(chunk)
        sent += len(chunk)
        progress(sent)


def _stream_ssh(
    client: paramiko.SSHClient, command: str, source: IO[bytes], progress: Callable[[int], None]
) -> Result:
    transport = client.get_transport()
    assert transport is not None
    session = Session(transport, command)
    # A command that ends early closes its end; its exit status and stderr say why.
    with contextlib.suppress(OSError):
        _copy(source, session.channel.sendall, progress)
    session.channel.shutdown_write()
    stdout = b"".join(session.chunks()).decode(errors="replace")
    stderr = b"".join(session.complaints()).decode(errors="replace")
    return Result(session.exit_status() == 0, stdout, stderr)


def _stream_local(command: str, source: IO[bytes], progress: Callable[[int], None]) -> Result:
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    answer: list[tuple[bytes, bytes]] = []
    stdin = process.stdin
    process.stdin = None  # communicate() must only read: the loop below writes
    reader = threading.Thread(target=lambda: answer.append(process.communicate()))
    reader.start()
    with contextlib.suppress(BrokenPipeError):
        _copy(source, stdin.write, progress)
        stdin.close()
    reader.join()
    stdout, stderr = answer[0]
    return Result(process.returncode == 0, stdout.decode(), stderr.decode())
