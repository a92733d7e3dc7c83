"""One command on a host in an SSH channel of its own, whose answer lies between marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import paramiko
from pyinfra.api.exceptions import PyinfraError

from kestra_provision.remote import marks

_CHUNK = 1 << 16
#: Characters of what came in place of an answer.
_SHOWN = 200
#: What nologin says, and who else refuses a login by its shell.
_NO_LOGIN = re.compile(rb"account is (currently )?not available", re.IGNORECASE)


class NoAnswerError(paramiko.SSHException, PyinfraError):
    """Why a question has no answer; that is never read as an empty one.

    Whoever runs a command expects the first of both, and whoever runs pyinfra the second.
    """


class Session:
    """+ channel: as paramiko has it, for its stdin and its end"""

    def __init__(self, transport: paramiko.Transport, command: str) -> None:
        """Starts the command; raises what paramiko raises where no channel is to be had."""
        self._transport = transport
        self.channel = transport.open_session()
        self._answer = marks.Answer(marks.draw())
        self._said = b""
        self.channel.exec_command(marks.line(command, self._answer.mark))

    def chunks(self) -> Iterator[bytes]:
        """Its stdout as it comes; empty where the channel's timeout passed without any."""
        while True:
            try:
                chunk = self.channel.recv(_CHUNK)
            except TimeoutError:
                yield b""
                continue
            if not chunk:
                break
            if told := self._answer.take(chunk):
                yield told
        if told := self._answer.rest():
            yield told

    def lines(self) -> Iterator[bytes]:
        """Its stdout by lines."""
        rest = b""
        for chunk in self.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line + b"\n" for line in whole)
        if rest:
            yield rest

    def complaints(self) -> Iterator[bytes]:
        """Its stderr by lines, without what the login shell said before."""
        noise: list[bytes] | None = []
        for line in self.channel.makefile_stderr("rb"):
            if noise is None:
                yield line
            elif line.rstrip(b"\n").endswith(self._answer.mark.encode()):
                noise = None
            else:
                noise.append(line)
        self._said = b"".join(noise or [])
        yield from noise or []

    def exit_status(self) -> int:
        """Waits for the end; -1 where the connection went before it.

        Raises `NoAnswerError` where the command did not run, or not to its end.
        """
        status = self.channel.recv_exit_status()
        if self._answer.status is not None:
            return self._answer.status
        if status < 0 and not self._transport.is_active():
            return status
        raise NoAnswerError(self._reason(status))

    def _reason(self, status: int) -> str:
        how = f"exit status {status}" if status >= 0 else "killed"
        if self._answer.begun:
            return f"the command was ended on the host before it had answered ({how})"
        heard = self._answer.before + self._said
        text = " ".join(heard.decode(errors="replace").split())
        said = repr(_short(text)) if heard else "nothing"
        user = self._transport.get_username() or "USER"
        if _NO_LOGIN.search(heard):
            return f"the login shell of {user} lets nobody in; usermod -s /bin/bash {user}"
        if forced := getattr(self._transport, "forced_by", ""):
            return f"the key that let us in runs another command, and that said {said}: {forced}"
        return (
            f"the host ran something else than it was asked, and said {said} ({how}): see the "
            f"login shell of {user}, an exit in its start file (such as .bashrc), and ForceCommand "
            "in sshd_config"
        )


def _short(text: str) -> str:
    """Both ends: a shell that repeats a command which it cannot read says why after that."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]} … {text[-_SHOWN // 2 :]}"


class Lines:
    """What pyinfra reads a command's output from: lines of text, and the channel's exit status."""

    def __init__(self, session: Session, lines: Iterator[bytes], errors: str) -> None:
        """+ errors: what becomes of bytes that are no UTF-8, as `bytes.decode` takes it"""
        self._session, self._lines, self._errors = session, lines, errors

    @property
    def channel(self) -> Lines:
        return self

    def recv_exit_status(self) -> int:
        return self._session.exit_status()

    def __iter__(self) -> Iterator[str]:
        return (line.decode(errors=self._errors) for line in self._lines)


class Client(paramiko.SSHClient):
    """paramiko's client, whose commands have their answers between marks."""

    def exec_command(  # type: ignore[override]
        self, command: str, get_pty: bool = False, **_: Any
    ) -> tuple[paramiko.ChannelFile, Lines, Lines]:
        """Stdin, stdout and stderr; bytes of stdout that are no UTF-8 come as lone surrogates."""
        transport = self.get_transport()
        if transport is None:
            raise paramiko.SSHException("there is no connection")
        session = Session(transport, command)
        return (
            session.channel.makefile_stdin("wb"),
            Lines(session, session.lines(), "surrogateescape"),
            Lines(session, session.complaints(), "backslashreplace"),
        )

    def gateway(self, address: str, port: int, timeout: float | None) -> paramiko.Channel:
        """A connection from this host to another one."""
        transport = self.get_transport()
        if transport is None:
            raise paramiko.SSHException("there is no connection")
        return transport.open_channel("direct-tcpip", (address, port), ("", 0), timeout=timeout)
