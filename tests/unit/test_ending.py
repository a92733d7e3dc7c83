"""How a run ends: what counts as a failure, and what Ctrl-C does."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_state
from pyinfra_cli.exceptions import CliError

from kestra_provision.remote import shell
from kestra_provision.run import ending
from kestra_provision.run.ending import LostConnection, set_stage
from tests.operations.fake_host import FakeHost


def operation(complete: bool) -> Any:
    return SimpleNamespace(operation_meta=SimpleNamespace(is_complete=lambda: complete))


@pytest.mark.parametrize(
    ("complete", "errors", "failed"),
    [([True, True], 0, False), ([True, False], 0, True), ([True], 1, True), ([], 0, False)],
    ids=["all done", "one never ran", "the last one failed", "nothing to do"],
)
def test_host_that_was_not_finished_has_failed(
    complete: list[bool], errors: int, failed: bool
) -> None:
    host = cast(Any, FakeHost())
    state = State()
    state.activated_hosts, state.failed_hosts = {host}, set()
    state.ops = {host: {str(i): operation(done) for i, done in enumerate(complete)}}
    state.results = {host: cast(Any, SimpleNamespace(error_ops=errors))}
    set_stage(State.set_stage, state, StateStage.Execute)
    assert state.failed_hosts == set()
    set_stage(State.set_stage, state, StateStage.Disconnect)
    assert state.failed_hosts == ({host} if failed else set())


@pytest.mark.parametrize("is_lost", [True, False])
def test_lost_connection_is_said_once_an_operation_fails(
    is_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "lost", lambda host: is_lost)
    host = FakeHost()
    LostConnection().operation_host_error(State(), host.as_host, "hash")
    assert host.logs == ([shell.LOST] if is_lost else [])


def test_interrupt_ends_at_once_and_says_how_to_go_on() -> None:
    program = (
        "import time; from pathlib import Path; "
        "from kestra_provision.run.patches import install, of_a_run; "
        "install(of_a_run(Path(), (), lambda state: [], lambda host: None, lambda state: [])); "
        "print('ready', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == ending.INTERRUPTED == 130
    assert "interrupted; run the same command again, it continues" in said


def test_interrupt_ends_even_when_it_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    with ctx_state.use(State()), pytest.raises(IndexError):
        ending.interrupted(lambda state: [][0], None, signal.SIGINT, None)
    assert codes == [130]


def test_a_refusal_is_told_by_its_words_alone(capsys: pytest.CaptureFixture[str]) -> None:
    ending.show_error(pytest.fail, CliError("no host is left"))
    assert capsys.readouterr().err == "Error: no host is left\n"
