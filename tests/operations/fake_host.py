"""A host that answers from tables and remembers what it was asked and told."""

import re
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra.context import ctx_host

from kestra_provision.profiles.tools import Tools
from kestra_provision.run.state import HostRun, Run, hang
from kestra_provision.settings import Settings

Answer = tuple[bool, str, str]


class FakeHost:
    """
    + facts: result by fact class
    + answers: (ok, stdout, stderr) by a part of the command; what is not named answers nothing
    + settings: in the run that it is in; the defaults without any
    """

    name = "fake"
    current_op_global_arguments: Mapping[str, Any] | None = None
    current_deploy_kwargs: Mapping[str, Any] | None = None

    def __init__(
        self,
        facts: Mapping[type, object] | None = None,
        answers: Mapping[str, Answer] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.facts, self.answers = dict(facts or {}), dict(answers or {})
        self.data, self.connector = SimpleNamespace(), SimpleNamespace()
        self.state = SimpleNamespace(config=Config(), is_executing=True)
        self.run = Run({self.name: HostRun(settings or Tools())})
        hang(cast(State, self.state), self.run)
        self.noops: list[str] = []
        self.logs: list[str] = []
        self.asked: list[tuple[type, dict[str, Any]]] = []
        self.ran: list[tuple[StringCommand, dict[str, Any]]] = []

    def get_fact(self, fact: type, **arguments: Any) -> object:
        self.asked.append((fact, arguments))
        return self.facts[fact]

    def noop(self, message: str) -> None:
        self.noops.append(message)

    def log(self, message: str, log_func: object = None) -> None:
        self.logs.append(message)

    def run_shell_command(
        self, command: StringCommand, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        self.ran.append((command, arguments))
        raw = command.get_raw_value()
        ok, out, err = next((a for part, a in self.answers.items() if part in raw), (True, "", ""))
        if found := re.match(r"echo (@@kp-\w+); ", raw):
            out = f"{found[1]}\n{out}\n{found[1]} {0 if ok else 1}\n"
        # As pyinfra: at \n only.
        shown = out.removesuffix("\n").split("\n") if out else []
        lines = [OutputLine("stdout", line) for line in shown]
        return ok, CommandOutput(lines + [OutputLine("stderr", line) for line in err.splitlines()])

    @property
    def as_host(self) -> Host:
        return cast(Host, self)

    @property
    def said(self) -> str:
        """Everything a person can get to see of it."""
        shown = [f"{command} {command!r}" for command, _ in self.ran]
        return "\n".join([*self.noops, *self.logs, *shown])


def yielded(host: FakeHost, operation: Any, **arguments: Any) -> list[PyinfraCommand]:
    """The commands an operation yields on this host."""
    with ctx_host.use(host):
        return list(operation._inner(**arguments))


def raw(commands: Sequence[PyinfraCommand | str]) -> list[str]:
    """What the host's shell gets; a function of ours shows as its name."""
    return [_raw(command) for command in commands]


def _raw(command: PyinfraCommand | str) -> str:
    if isinstance(command, StringCommand):
        return command.get_raw_value()
    return command.function.__name__ if isinstance(command, FunctionCommand) else str(command)


def call(command: PyinfraCommand, host: FakeHost) -> object:
    """Executes a command that is a function."""
    assert isinstance(command, FunctionCommand)
    with ctx_host.use(host):
        return command.function(
            cast(State, host.state), host.as_host, *command.args, **command.kwargs
        )
