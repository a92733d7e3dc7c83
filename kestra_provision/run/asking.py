"""Questions to a host, and what becomes of one that has no answer: it is said, never guessed.

pyinfra takes the default of a fact for its answer where the command failed, and goes on: "nothing
is there". Here it is an error of that host, which ends this host's part of the run and no other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra.context import ctx_host

from kestra_provision.remote import marks, shell
from kestra_provision.remote.session import NoAnswerError
from kestra_provision.remote.shell import Result
from kestra_provision.run.failure import Failure
from kestra_provision.run.refusal import refuse
from kestra_provision.settings import Problem

#: What helps against whatever is left: the reason says what it was.
_FIX = "mend that, then run again"


class _UnansweredError(Exception):
    """Of no kind that pyinfra expects: it would log it, and go on with the default."""


class _Asked:
    """A host whose answers are whole: between marks, and with the exit status 0."""

    def __init__(self, host: Host, question: str) -> None:
        self._host, self._question = host, question

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def run_shell_command(
        self, command: StringCommand | str, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        raw = command if isinstance(command, str) else command.get_raw_value()
        mark = marks.draw()
        try:
            ok, output = self._host.run_shell_command(
                StringCommand(marks.framed(raw, mark)), **arguments
            )
        except Exception as error:
            self._none(str(error) or type(error).__name__)
        told = _between(output.stdout, mark)
        if not ok or told is None:
            self._none(output.stderr.strip() or "its answer was cut off")
        # A fact's words are for people, and need not be UTF-8.
        shown = told.encode(errors="surrogateescape").decode(errors="backslashreplace")
        lines = shown.removesuffix("\n").split("\n") if shown else []
        return True, CommandOutput([OutputLine("stdout", line) for line in lines])

    def _none(self, why: str) -> NoReturn:
        said = shell.LOST if shell.lost(self._host) else why
        raise _UnansweredError(f"{self._question} has no answer: {said}")


def fact(
    original: Callable[..., Any], state: State, host: Host, asked: type[FactBase[Any]], *rest: Any
) -> Any:
    """pyinfra's `_get_fact`; raises `NoAnswerError` where it would go on with the default."""
    question = f"the question for {asked.__name__}"
    try:
        with understood(question):
            return original(state, _Asked(host, question), asked, *rest)
    except _UnansweredError as error:
        raise NoAnswerError(str(error)) from error


@contextmanager
def understood(question: str) -> Iterator[None]:
    """Raises `NoAnswerError` for an answer of which no sense can be made.

    + question: what was asked
    """
    try:
        yield
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise NoAnswerError(f"{question} has an answer that is not understood: {error}") from error


def quietly(host: Host, text: str) -> Result:
    """The answer to a question that pyinfra shall not print; not `ok` where it says no itself.

    Raises `NoAnswerError` where the host did not answer.
    """
    mark = marks.draw()
    result = shell.run_quietly(host, StringCommand(marks.framed(text, mark)))
    told = _between(result.stdout, mark)
    if told is None:
        raise NoAnswerError(f"a question has no answer: {result.stderr.strip() or 'cut off'}")
    return Result(result.ok, told, result.stderr)


def _between(said: str, mark: str) -> str | None:
    """The answer between its marks; None where one is missing."""
    answer = marks.Answer(mark)
    told = answer.take(f"{said}\n".encode(errors="surrogateescape"))
    return None if answer.status is None else told.decode(errors="surrogateescape")


def execute_file(original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """pyinfra's `exec_file`, once for each host: a question without an answer ends this one."""
    try:
        return original(*arguments, **named)
    except NoAnswerError as error:
        refuse(ctx_host.get(), [Problem(str(error), "the host", _FIX)])


def run_operation(original: Callable[..., bool], state: State, host: Host, op_hash: str) -> bool:
    """pyinfra's `_run_host_op`: a question without an answer is this operation's failure."""
    operation = state.get_op_data_for_host(host, op_hash)
    commands = operation.command_generator
    operation.command_generator = lambda: _answered(commands)
    try:
        return original(state, host, op_hash)
    finally:
        operation.command_generator = commands


def _answered(commands: Callable[[], Iterator[PyinfraCommand]]) -> Iterator[PyinfraCommand]:
    try:
        for command in commands():
            if isinstance(command, FunctionCommand):
                command.function = _said(command.function)
            yield command
    except NoAnswerError as error:
        yield Failure(f"{error}; {_FIX}")


def _said(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, where pyinfra would show the inside of it for such an error."""

    # pyinfra looks at its arguments by their names: with those it hands over state and host.
    @wraps(function)
    def said(state: State, host: Host, *arguments: Any, **named: Any) -> Any:
        try:
            return function(state, host, *arguments, **named)
        except NoAnswerError as error:
            host.log(f"{error}; {_FIX}", log_func=logger.error)
            return False

    return said


def no_password(_original: object, *_: Any, **__: Any) -> NoReturn:
    """In place of pyinfra's question for sudo's password, which nobody may be there to answer."""
    raise NoAnswerError("sudo asks for a password on the host, where none may be needed")
