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
from tests.operations.spoken import SpokenChannel, SpokenTransport


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A host whose commands run on this machine, without pyinfra's wrapping."""

    def unwrapped(state: object, host: object, command: StringCommand, **_: Any) -> StringCommand:
        return command

    monkeypatch.setattr(follow, "make_unix_command_for_host", unwrapped)
    return FakeHost().as_host


class Client(paramiko.SSHClient):
    """A client with this one channel, or with a connection that is gone."""

    def __init__(self, *channels: SpokenChannel, active: bool = True) -> None:
        super().__init__()
        self._spoken = SpokenTransport(*channels, active=active)

    def get_transport(self) -> Any:
        return self._spoken


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
    channel = SpokenChannel(b"one", None, b"two", code=3)
    local.connector = SimpleNamespace(client=Client(channel))
    with follow.running(local, StringCommand("x")) as started:
        assert list(started.chunks) == [b"one", b"", b"two"]
        assert started.exit_code() == 3
    assert channel.closed


def test_who_leaves_early_closes_the_channel(local: Any) -> None:
    channel = SpokenChannel(b"one")
    local.connector = SimpleNamespace(client=Client(channel))
    with pytest.raises(BrokenPipeError), follow.running(local, StringCommand("x")):
        raise BrokenPipeError
    assert channel.closed


def test_end_without_an_exit_status_is_a_lost_connection(local: Any) -> None:
    local.connector = SimpleNamespace(
        client=Client(SpokenChannel(b"half a line", code=-1, ends=False), active=False)
    )
    with (
        follow.running(local, StringCommand("x")) as started,
        pytest.raises(follow.ConnectionEndedError, match=LOST[:20]),
    ):
        list(started.chunks)


def test_host_that_is_gone(local: Any) -> None:
    local.connector = SimpleNamespace(client=Client())
    with (
        pytest.raises(follow.ConnectionEndedError),
        follow.running(local, StringCommand("x")),
    ):
        pass
