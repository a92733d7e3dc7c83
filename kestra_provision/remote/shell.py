"""Runs commands on a host beside pyinfra's operations: quietly, or with a file on their stdin.

pyinfra prints the output of facts and commands at `-vvv`. What carries a secret goes through
here instead: nothing of it is printed or logged, and it travels on stdin and stdout only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import paramiko
from pyinfra.api.arguments import CONNECTOR_ARGUMENT_KEYS, pop_global_arguments
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host

_CHUNK = 1 << 20
#: Seconds; a command on a connection that dies ends a little before the connection does.
_MOMENT = 0.2
#: What `stderr` says when there is no host any more to say something.
LOST = "the SSH connection is lost; run the same command again, it continues"


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


def lost(host: Host) -> bool:
    """True when the SSH connection to the host is gone; there is no other until the next run."""
    client = getattr(host.connector, "client", None)
    if not isinstance(client, paramiko.SSHClient):
        return False
    transport = client.get_transport()
    if transport is None:
        return True
    transport.join(_MOMENT)
    return not transport.is_active()


def why(host: Host, error: Exception) -> str:
    """An exception that came of asking the host, in words."""
    if lost(host):
        return LOST
    told = isinstance(error, PyinfraError) and str(error)
    return told or f"{type(error).__name__}: {error}"


def run(host: Host, command: StringCommand, **arguments: Any) -> Result:
    """Runs one command with the host's own sudo settings; a lost connection is its failure.

    An exception in an operation would end the run of all hosts.
    """
    try:
        ok, output = host.run_shell_command(command, **{**connector_arguments(host), **arguments})
    except (OSError, EOFError, paramiko.SSHException) as error:
        return Result(False, "", LOST if lost(host) else str(error))
    return Result(ok, output.stdout, LOST if not ok and lost(host) else output.stderr)


def run_quietly(host: Host, command: StringCommand, stdin: str | None = None) -> Result:
    """Runs one command as `run` does; neither its input nor its output is printed."""
    given = {} if stdin is None else {"_stdin": stdin}
    return run(host, command, print_output=False, print_input=False, **given)


def shell_arguments(host: Host) -> dict[str, Any]:
    """The part of `connector_arguments` that a command line is made of."""
    control = {"_stdin", "_timeout", "_get_pty", "_success_exit_codes"}
    return {key: value for key, value in connector_arguments(host).items() if key not in control}
