"""What a host says to a command that has marks around its answer."""

from __future__ import annotations

import base64
import re

import paramiko

_MARK = re.compile(r"@@kp-[0-9a-f]+")


def mark_of(command: str) -> str:
    """The mark in a command line as sshd gets it; empty without one."""
    packed = re.search(r"echo (\S+) \| base64 -d", command)
    text = base64.b64decode(packed[1]).decode() if packed else command
    found = _MARK.search(text)
    return found[0] if found else ""


class SpokenChannel:
    """A paramiko channel that runs one command.

    + said: chunks of its answer; None is a second of silence
    + code: its exit status as sshd tells it; -1 is none at all
    + noise: what the login shell says before
    + begins, ends: whether the answer has its first and its last mark
    + complaints: its stderr
    """

    def __init__(
        self,
        *said: bytes | None,
        code: int = 0,
        noise: bytes = b"",
        begins: bool = True,
        ends: bool = True,
        complaints: bytes = b"",
    ) -> None:
        self._said, self._code, self._noise = list(said), code, noise
        self._begins, self._ends, self._complaints = begins, ends, complaints
        self.closed = False
        self.command = ""

    def exec_command(self, command: str) -> None:
        self.command, mark = command, mark_of(command).encode()
        if self._begins:
            self._said.insert(0, mark + b"\n")
            self._complaints = b"noise" + mark + b"\n" + self._complaints
        if self._noise:
            self._said.insert(0, self._noise)
        if self._begins and self._ends:
            self._said.append(b"\n" + mark + b" %d\n" % self._code)

    def settimeout(self, seconds: float | None) -> None: ...

    def recv(self, most: int) -> bytes:
        chunk = self._said.pop(0) if self._said else b""
        if chunk is None:
            raise TimeoutError
        return chunk

    def makefile_stderr(self, mode: str) -> list[bytes]:
        return self._complaints.splitlines(keepends=True)

    def makefile_stdin(self, mode: str) -> None: ...

    def recv_exit_status(self) -> int:
        return self._code

    def close(self) -> None:
        self.closed = True


class SpokenTransport:
    """A connection that has these channels, or none any more."""

    def __init__(self, *channels: SpokenChannel, active: bool = True, forced_by: str = "") -> None:
        self._channels, self._active, self.forced_by = list(channels), active, forced_by

    def open_session(self) -> SpokenChannel:
        if not self._channels:
            raise paramiko.SSHException("SSH session not active")
        return self._channels.pop(0)

    def get_username(self) -> str:
        return "me"

    def is_active(self) -> bool:
        return self._active

    def join(self, seconds: float) -> None: ...
