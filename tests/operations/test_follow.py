"""Output while a command runs, and an end of it for whoever leaves early."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import paramiko
import pytest
from pyinfra.api.command import StringCommand

from kestra_provision.remote import follow
from kestra_provision.remote.shell import LOST
from tests.operations.fake_host import FakeHost


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A host whose commands run on this machine, without pyinfra's wrapping."""

    def unwrapped(state: object, host: object, command: StringCommand, **_: Any) -> StringCommand:
        return command

    monkeypatch.setattr(follow, "make_unix_command_for_host", unwrapped)
    return FakeHost().as_host


class Channel:
    """A paramiko channel that says these chunks; None is a second of silence."""

    def __init__(self, said: list[bytes | None], code: int) -> None:
        self._said, self._code, self.closed = said, code, False

    def exec_command(self, command: str) -> None: ...

    def settimeout(self, seconds: float) -> None: ...

    def recv(self, most: int) -> bytes:
        chunk = self._said.pop(0) if self._said else b""
        if chunk is None:
            raise TimeoutError
        return chunk

    def recv_exit_status(self) -> int:
        return self._code

    def close(self) -> None:
        self.closed = True


class Client(paramiko.SSHClient):
    """A client whose next channel is given."""

    def __init__(self, channel: Channel | None) -> None:
        super().__init__()
        self._channel = channel

    def get_transport(self) -> Any:
        return SimpleNamespace(open_session=self._open)

    def _open(self) -> Channel:
        if self._channel is None:
            raise paramiko.SSHException("SSH session not active")
        return self._channel


def test_output_comes_while_the_command_runs(local: Any) -> None:
    with follow.running(local, StringCommand("echo one; read -r x; echo never")) as started:
        assert next(started.chunks) == b"one\n"


def test_silence_is_an_empty_chunk(local: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "_SILENCE", 0.01)
    with follow.running(local, StringCommand("read -r x")) as started:
        assert next(started.chunks) == b""


def test_exit_code_is_the_commands_own(local: Any) -> None:
    with follow.running(local, StringCommand("echo one; exit 3")) as started:
        assert b"".join(started.chunks) == b"one\n"
        assert started.exit_code() == 3


def test_over_ssh(local: Any) -> None:
    channel = Channel([b"one", None, b"two"], 3)
    local.connector = SimpleNamespace(client=Client(channel))
    with follow.running(local, StringCommand("x")) as started:
        assert list(started.chunks) == [b"one", b"", b"two"]
        assert started.exit_code() == 3
    assert channel.closed


def test_who_leaves_early_closes_the_channel(local: Any) -> None:
    channel = Channel([b"one"], 0)
    local.connector = SimpleNamespace(client=Client(channel))
    with pytest.raises(BrokenPipeError), follow.running(local, StringCommand("x")):
        raise BrokenPipeError
    assert channel.closed


def test_end_without_an_exit_status_is_a_lost_connection(local: Any) -> None:
    local.connector = SimpleNamespace(client=Client(Channel([b"half a line"], -1)))
    with (
        follow.running(local, StringCommand("x")) as started,
        pytest.raises(follow.ConnectionEndedError, match=LOST[:20]),
    ):
        list(started.chunks)


def test_host_that_is_gone(local: Any) -> None:
    local.connector = SimpleNamespace(client=Client(None))
    with (
        pytest.raises(follow.ConnectionEndedError),
        follow.running(local, StringCommand("x")),
    ):
        pass
