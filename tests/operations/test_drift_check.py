"""Operations asked what they would do: their differences, and what to say without any."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.drift.check import evaluate
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs, notice
from tests.operations.fake_host import FakeHost

Generator = Callable[[], Iterator[PyinfraCommand]]


def asked(**operations: tuple[str, Generator]) -> list[tuple[str, str, str, str]]:
    """Severity, stage, what and actual of each finding; hash, name and generator are given."""
    state: Any = SimpleNamespace(
        ops={HOST: {h: SimpleNamespace(command_generator=g) for h, (_, g) in operations.items()}},
        get_op_meta=lambda h: SimpleNamespace(names={operations[h][0]}),
    )
    found = evaluate(cast(State, state), cast(Host, HOST), list(operations))
    return [(f.severity, f.stage, f.what, f.actual) for f in found]


class AskingHost(FakeHost):
    """With what pyinfra keeps of the operation under way."""

    in_op, current_op_hash, current_op_deploy_data = True, "asking", None


HOST = AskingHost()


def test_what_operations_say_is_listed_with_their_stage() -> None:
    def access() -> Iterator[PyinfraCommand]:
        differs(HOST.as_host, "/a", "600", "644")
        notice(HOST.as_host, "KEY", "not declared", "kept")
        yield StringCommand("chmod 600 /a")

    def current() -> Iterator[PyinfraCommand]:
        yield from ()

    assert asked(a=("files | access", access), b=("stack | up", current)) == [
        ("drift", "files", "/a", "644"),
        ("notice", "files", "KEY", "kept"),
    ]


def test_operation_that_says_nothing_is_told_by_its_commands() -> None:
    def enabling() -> Iterator[PyinfraCommand]:
        notice(HOST.as_host, "KEY", "not declared", "kept")
        yield StringCommand("systemctl enable docker")
        yield FunctionCommand(print, (), {})

    assert asked(a=("docker | service runs", enabling))[1] == (
        "drift",
        "docker",
        "service runs",
        "the deploy would run: systemctl enable docker; print",
    )


def test_operation_that_cannot_begin_says_why() -> None:
    def refusing() -> Iterator[PyinfraCommand]:
        yield Failure(".env: line 3 is no KEY=value")

    assert asked(a=("secrets | .env", refusing)) == [
        ("drift", "secrets", ".env", ".env: line 3 is no KEY=value")
    ]


def test_operation_that_asks_goes_on_as_if_nothing_had_been() -> None:
    """The restart runbook asks from within an operation of its own."""

    def other() -> Iterator[PyinfraCommand]:
        HOST.in_op, HOST.current_op_hash = False, "other"
        yield from ()

    asked(a=("files | access", other))
    assert (HOST.in_op, HOST.current_op_hash) == (True, "asking")
