"""Commands beside pyinfra's operations: quiet ones, and a file on stdin."""

import io
from types import SimpleNamespace
from typing import Any

import paramiko
import pytest
from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput

from kestra_provision.remote import shell, upload
from tests.operations.fake_host import FakeHost


def test_run_quietly_prints_neither_input_nor_output() -> None:
    host = FakeHost(answers={"cat": (False, "one\ntwo", "why")})
    result = shell.run_quietly(host.as_host, StringCommand("cat"), stdin="s3cret")
    assert result == shell.Result(False, "one\ntwo", "why")
    ((command, arguments),) = host.ran
    assert arguments["print_input"] is False
    assert arguments["print_output"] is False
    assert arguments["_stdin"] == "s3cret"
    assert "s3cret" not in command.get_raw_value()


def test_run_quietly_without_stdin_sends_none() -> None:
    host = FakeHost()
    shell.run_quietly(host.as_host, StringCommand("true"))
    assert not host.ran[0][1].get("_stdin")


class Client(paramiko.SSHClient):
    """A client whose connection is alive or dead, as it was told."""

    def __init__(self, alive: bool) -> None:
        super().__init__()
        self._alive = alive

    def get_transport(self) -> Any:
        return SimpleNamespace(
            is_active=lambda: self._alive, join=lambda seconds: None, open_session=self._open
        )

    def _open(self) -> None:
        raise paramiko.SSHException("SSH session not active")


def connected(alive: bool) -> FakeHost:
    host = FakeHost(answers={"": (False, "", "no")})
    host.connector = SimpleNamespace(client=Client(alive))
    return host


def test_local_host_is_never_lost() -> None:
    assert not shell.lost(FakeHost().as_host)


@pytest.mark.parametrize(("alive", "said"), [(True, "no"), (False, shell.LOST)])
def test_failure_of_a_lost_connection_says_so(alive: bool, said: str) -> None:
    result = shell.run_quietly(connected(alive).as_host, StringCommand("true"))
    assert result == shell.Result(False, "", said)


def test_command_for_a_host_that_is_gone_is_a_failure_and_no_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An exception would end the run of all hosts."""

    def gone(*_: object, **__: object) -> Any:
        raise paramiko.SSHException("SSH session not active")

    host = connected(alive=False)
    monkeypatch.setattr(host, "run_shell_command", gone)
    assert shell.run(host.as_host, StringCommand("true")).stderr == shell.LOST


def test_stream_to_a_host_that_is_gone_is_a_failure_and_no_exception(local: Any) -> None:
    local.connector = SimpleNamespace(client=Client(alive=False))
    result = upload.stream(local, StringCommand("cat"), io.BytesIO(b"x"), lambda _: None)
    assert result == shell.Result(False, "", shell.LOST)


@pytest.mark.parametrize("place", ["configuration", "data", "operation"])
def test_sudo_is_taken_from_wherever_it_is_set(place: str) -> None:
    host = FakeHost()
    match place:
        case "configuration":
            host.state.config.SUDO = True
        case "data":
            host.data = SimpleNamespace(_sudo=True)
        case "operation":
            host.current_op_global_arguments = {"_sudo": True}
    assert shell.connector_arguments(host.as_host)["_sudo"] is True


def test_arguments_of_operations_alone_are_left_out() -> None:
    assert "name" not in shell.connector_arguments(FakeHost().as_host)
    assert "_if" not in shell.connector_arguments(FakeHost().as_host)


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A host whose commands run on this machine, without pyinfra's wrapping."""

    def unwrapped(state: object, host: object, command: StringCommand, **_: Any) -> StringCommand:
        return command

    monkeypatch.setattr(upload, "make_unix_command_for_host", unwrapped)
    return FakeHost().as_host


def test_stream_feeds_stdin_and_tells_how_far(local: Any) -> None:
    told: list[int] = []
    content = b"x" * (2 * (1 << 20) + 5)
    result = upload.stream(local, StringCommand("wc -c"), io.BytesIO(content), told.append)
    assert result.ok
    assert int(result.stdout) == len(content)
    assert told == [1 << 20, 2 << 20, len(content)]


def test_stream_of_an_empty_file_ends(local: Any) -> None:
    result = upload.stream(local, StringCommand("cat"), io.BytesIO(b""), lambda _: None)
    assert result == shell.Result(True, "", "")


def test_stream_reports_a_command_that_fails_early(local: Any) -> None:
    """It does not read its stdin; the broken pipe must not hide why."""
    source = io.BytesIO(b"x" * (4 << 20))
    command = StringCommand("exec <&-; echo no such image >&2; exit 3")
    result = upload.stream(local, command, source, lambda _: None)
    assert not result.ok
    assert result.stderr == "no such image\n"


def test_fake_host_answers_as_pyinfra_does() -> None:
    host = FakeHost(answers={"x": (False, "a\nb\n", "c")})
    ok, output = host.run_shell_command(StringCommand("x"))
    assert isinstance(output, CommandOutput)
    assert (ok, output.stdout, output.stderr) == (False, "a\nb", "c")
