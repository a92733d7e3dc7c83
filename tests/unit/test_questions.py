"""pyinfra's questions go to a terminal, or to nobody."""

import io
import sys
from collections.abc import Callable

import pytest
from pyinfra.api.state import State
from pyinfra.context import ctx_state
from pyinfra_cli.exceptions import CliError

from kestra_provision.run.options import Restart
from kestra_provision.run.questions import confirm
from kestra_provision.run.state import Run, hang


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def unasked(question: str) -> bool:
    pytest.fail(question)


def test_a_person_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert confirm(lambda question: True, "Detected changes displayed above") is True
    assert confirm(lambda question: False, "One of more hosts failed, continue?") is False


def ended(question: str) -> bool:
    """As `input` answers Ctrl-D."""
    raise EOFError


@pytest.mark.parametrize("answer", [lambda question: False, ended])
def test_a_no_is_no_success(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], bool]) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(CliError, match="nothing was changed, because you said no") as no:
        confirm(answer, "Detected changes displayed above")
    assert no.value.exit_code == 1


@pytest.mark.parametrize("stage", ["failed to connect", "failed"])
def test_others_go_on_without_a_terminal(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert confirm(unasked, f"One of more hosts {stage}, continue?") is True


def test_nothing_is_changed_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    state = State()
    hang(state, Run({}))
    with ctx_state.use(state), pytest.raises(CliError, match="add -y to go on"):
        confirm(unasked, "Detected changes displayed above, skip this step with -y")


def test_runbook_is_told_what_its_command_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    state = State()
    hang(state, Run({}, options={"restart": Restart()}))
    with (
        ctx_state.use(state),
        pytest.raises(CliError, match=r"nothing was changed.*: add -y to go on$"),
    ):
        confirm(unasked, "Detected changes displayed above, skip this step with -y")
