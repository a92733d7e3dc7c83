"""pyinfra's questions go to a terminal, or to nobody."""

import io
import sys

import pytest
from pyinfra_cli.exceptions import CliError

from kestra_provision.run import invocation, questions
from kestra_provision.run.options import Restart


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_is_asked(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(questions, "_ask", lambda question: answer)
    assert questions.confirm("Detected changes displayed above") is answer


@pytest.mark.parametrize("stage", ["failed to connect", "failed"])
def test_others_go_on_without_a_terminal(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert questions.confirm(f"One of more hosts {stage}, continue?") is True


def test_nothing_is_changed_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    with pytest.raises(CliError, match="add -y to go on"):
        questions.confirm("Detected changes displayed above, skip this step with -y")


def test_runbook_is_told_what_its_command_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(invocation, "_options", {"restart": Restart()})
    with pytest.raises(CliError, match=r"nothing was changed.*: add -y to restart$"):
        questions.confirm("Detected changes displayed above, skip this step with -y")


def test_pyinfra_asks_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyinfra_cli.cli as cli

    monkeypatch.setattr(cli, "_do_confirm", questions._ask)
    questions.teach_pyinfra_to_ask()
    assert cli._do_confirm is questions.confirm
