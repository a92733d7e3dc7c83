"""A question without an answer is never taken for an answer, and ends its own host alone."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import paramiko
import pytest
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.facts import FactBase, _get_fact
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.remote import marks
from kestra_provision.remote.session import NoAnswerError
from kestra_provision.remote.shell import Result
from kestra_provision.run import asking
from kestra_provision.run.failure import Failure
from kestra_provision.run.observation import expect, fact_look, quiet_look, seen
from tests.operations.fake_host import Answer, FakeHost
from tests.operations.test_shell import Client


class Names(FactBase[list[str]]):
    """Lines, or none."""

    def command(self) -> str:
        return "list-names"

    @staticmethod
    def default() -> list[str]:
        return []

    def process(self, output: list[str]) -> list[str]:
        if output[0] == "garbage":
            raise ValueError("no names")
        return output


class Asked(FakeHost):
    """A host that pyinfra's own code asks."""

    connected, print_prefix = True, "[fake] "

    def __init__(self, answer: Answer | Exception) -> None:
        given = {} if isinstance(answer, Exception) else {"list-names": answer}
        super().__init__(answers=given)
        self.error = answer if isinstance(answer, Exception) else None
        state: Any = self.state
        for name in ("print_fact_output", "print_fact_input", "print_fact_info"):
            setattr(state, name, False)

    def run_shell_command(self, command: StringCommand, **arguments: Any) -> Any:
        if self.error:
            raise self.error
        return super().run_shell_command(command, **arguments)


def ask(answer: Answer | Exception) -> Any:
    host = Asked(answer)
    return asking.fact(_get_fact, cast(State, host.state), host.as_host, Names)


@pytest.mark.parametrize(
    ("answer", "names"),
    [((True, "a\nb\n", ""), ["a", "b"]), ((True, "", ""), []), ((True, "a\udcff", ""), ["a\\xff"])],
)
def test_answer_is_told(answer: Answer, names: list[str]) -> None:
    assert ask(answer) == names


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((False, "", "sudo: a password is required"), "sudo: a password is required"),
        ((False, "a\n", "No space left on device"), "No space left"),
        ((False, "", ""), "cut off"),
        ((True, "garbage\n", ""), "not understood: no names"),
        (paramiko.ChannelException(2, "no more sessions"), "no more sessions"),
        (paramiko.SSHException("channel closed"), "channel closed"),
        (NoAnswerError("the key forces another command"), "forces another command"),
        (TimeoutError(), "TimeoutError"),
        (OSError("Socket is closed"), "Socket is closed"),
        (EOFError(), "EOFError"),
    ],
)
def test_no_answer_is_an_error_and_no_default(
    answer: Answer | Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NoAnswerError, match="Names") as error:
        ask(answer)
    assert said in str(error.value)
    assert capsys.readouterr() == ("", ""), "whoever asked says it"


def test_answer_without_its_last_mark_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pyinfra's reader leaves it at a byte that is no UTF-8, with the exit status 0."""
    host = Asked((True, "", ""))
    output = SimpleNamespace(stdout="@@kp-1\na", stderr="")
    monkeypatch.setattr(host, "run_shell_command", lambda *_, **__: (True, output))
    monkeypatch.setattr(marks, "draw", lambda: "@@kp-1")
    with pytest.raises(NoAnswerError, match="cut off"):
        asking.fact(_get_fact, cast(State, host.state), host.as_host, Names)
    with pytest.raises(NoAnswerError, match="cut off"):
        asking.quietly(host.as_host, "x")


def test_lost_connection_is_named() -> None:
    host = Asked((False, "", "x"))
    host.connector = SimpleNamespace(client=Client(alive=False))
    with pytest.raises(NoAnswerError, match="the SSH connection is lost"):
        asking.fact(_get_fact, cast(State, host.state), host.as_host, Names)


def test_quiet_question_may_say_no_itself() -> None:
    host = FakeHost(answers={"cat": (False, "", "Permission denied")})
    assert asking.quietly(host.as_host, "cat x") == Result(False, "", "Permission denied")
    host = FakeHost(answers={"cat": (True, "a\n", "")})
    assert asking.quietly(host.as_host, "cat x").stdout == "a\n"


def test_answer_among_others_that_is_not_understood_is_none() -> None:
    """As of another program that is called docker."""
    with pytest.raises(NoAnswerError, match="Names has an answer that is not understood: no names"):
        fact_look(Names).read(Result(True, "garbage\n", ""))


def test_failed_part_of_a_look_is_asked_again_and_not_guessed() -> None:
    """What failed beside others has no answer; only the fact's own question decides."""
    whole = "@@answer-x\nno room\n@@answer-x 1 1\nfine\n@@answer-x 2 0"
    host = FakeHost({Names: ["asked"]}, {"sh -s": (True, whole, "")})
    look = quiet_look("other", "x", lambda result: result.stdout)
    expect(host.as_host, [fact_look(Names), look])
    assert seen(host.as_host, fact_look(Names)) == ["asked"]
    assert seen(host.as_host, look) == "fine"


def test_host_is_refused_while_its_operations_are_prepared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused: list[str] = []
    monkeypatch.setattr(asking, "ctx_host", SimpleNamespace(get=lambda: "vps1"))
    monkeypatch.setattr(
        asking, "refuse", lambda host, problems: refused.append(f"{host}: {problems[0].what}")
    )

    def deploy() -> None:
        raise NoAnswerError("no answer")

    asking.execute_file(deploy)
    assert refused == ["vps1: no answer"]


def run(commands: Any) -> list[PyinfraCommand]:
    """The commands that pyinfra gets to see of an operation."""
    operation = SimpleNamespace(command_generator=commands)
    state = cast(State, SimpleNamespace(get_op_data_for_host=lambda host, op_hash: operation))
    found: list[PyinfraCommand] = []

    def original(state: State, host: Host, op_hash: str) -> bool:
        found.extend(operation.command_generator())
        return True

    assert asking.run_operation(original, state, FakeHost().as_host, "x")
    assert operation.command_generator is commands
    return found


def test_operation_whose_question_has_no_answer_fails_with_it() -> None:
    def commands() -> Iterator[PyinfraCommand]:
        yield StringCommand("true")
        raise NoAnswerError("no answer")

    first, last = run(commands)
    assert str(first) == "true"
    assert isinstance(last, Failure)
    assert last.message.startswith("no answer")


def test_step_whose_question_has_no_answer_fails_without_its_inside() -> None:
    host = FakeHost()
    (command,) = run(lambda: iter([FunctionCommand(_raising_step, ("a",), {})]))
    done = command.execute(cast(State, host.state), host.as_host, {})
    assert done is False
    assert host.logs == ["no answer to a; mend that, then run again"]


def _raising_step(state: State, host: Host, what: str) -> bool:
    raise NoAnswerError(f"no answer to {what}")


def test_nobody_is_asked_for_a_password() -> None:
    with pytest.raises(PyinfraError, match="sudo asks for a password"):
        asking.no_password(None, "sudo password: ")
