"""Runs commands on a host beside pyinfra's operations: quietly, or with a file on their stdin.

pyinfra prints the output of facts and commands at `-vvv`. What carries a secret goes through
here instead: nothing of it is printed or logged, and it travels on stdin and stdout only.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

import paramiko
from pyinfra.api.arguments import CONNECTOR_ARGUMENT_KEYS, pop_global_arguments
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host
from pyinfra.connectors.util import make_unix_command_for_host

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Result:
    """What a command answered. Never put `stdout` into a message: it may hold a secret."""

    ok: bool
    stdout: str
    stderr: str


def connector_arguments(host: Host) -> dict[str, Any]:
    """sudo and the like: of the operation under way if there is one, else of the deploy."""
    given = dict(host.current_op_global_arguments or {})
    arguments, _ = pop_global_arguments(host.state, host, given)
    return {key: value for key, value in arguments.items() if key in CONNECTOR_ARGUMENT_KEYS}


def run_quietly(host: Host, command: StringCommand, stdin: str | None = None) -> Result:
    """Runs one command with the host's own sudo settings; neither input nor output is printed."""
    arguments = connector_arguments(host)
    if stdin is not None:
        arguments["_stdin"] = stdin
    ok, output = host.run_shell_command(command, print_output=False, print_input=False, **arguments)
    return Result(ok, output.stdout, output.stderr)


def stream(
    host: Host, command: StringCommand, source: IO[bytes], progress: Callable[[int], None]
) -> Result:
    """Runs one command with `source` on its stdin, without a copy on the host's disk.

    + progress: called with the number of bytes sent so far, after each MiB

    pyinfra's own `_stdin` takes text only and holds all of it in memory.
    """
    unix = make_unix_command_for_host(host.state, host, command, **_shell_arguments(host))
    client = getattr(host.connector, "client", None)
    if isinstance(client, paramiko.SSHClient):
        return _stream_ssh(client, unix.get_raw_value(), source, progress)
    return _stream_local(unix.get_raw_value(), source, progress)


def _shell_arguments(host: Host) -> dict[str, Any]:
    control = {"_stdin", "_timeout", "_get_pty", "_success_exit_codes"}
    return {key: value for key, value in connector_arguments(host).items() if key not in control}


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
    channel = transport.open_session()
    channel.exec_command(command)
    # A command that ends early closes its end; its exit status and stderr say why.
    with contextlib.suppress(OSError):
        _copy(source, channel.sendall, progress)
    channel.shutdown_write()
    stdout = channel.makefile("rb").read().decode(errors="replace")
    stderr = channel.makefile_stderr("rb").read().decode(errors="replace")
    return Result(channel.recv_exit_status() == 0, stdout, stderr)


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
