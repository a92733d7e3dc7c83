"""Asks the deploy's own operations what they would change, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyinfra.api.command import FunctionCommand, PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.drift.report import Finding
from kestra_provision.run import ahead
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import collecting
from kestra_provision.text.difference import Difference

REPAIR = "pyinfra inventory deploy.py"


@dataclass(frozen=True)
class Asked:
    """What one operation says that it would do.

    + changes: it has commands to execute
    + fails: why it ends the deploy of this host; empty where it does not
    """

    stage: str
    operation: str
    changes: bool
    differences: tuple[Difference, ...]
    fails: str = ""


def evaluate(
    state: State, host: Host, hashes: Iterable[str], repair: str = REPAIR
) -> list[Finding]:
    """What these operations would change on the host, each with its stage.

    + hashes: as `ask` has them
    + repair: the command that changes it
    """
    return [
        finding(asked.stage, difference, repair)
        for asked in ask(state, host, hashes)
        for difference in asked.differences
    ]


def ask(state: State, host: Host, hashes: Iterable[str], to_the_end: bool = True) -> list[Asked]:
    """Asks every operation what it would do by the time that it comes to it.

    + hashes: of operations that are prepared, in their order
    + to_the_end: goes on after one that would fail, as a deploy does not

    An operation is a generator of commands that looks at the host before it yields the first:
    running it to its end without executing what it yields is all there is to a plan. What earlier
    ones would leave behind is told to the later ones: `kestra_provision.run.ahead`.
    """
    ahead.anew(host)
    answers: list[Asked] = []
    for op_hash in hashes:
        stage, operation = _named(min(state.get_op_meta(op_hash).names))
        with collecting(host) as differences, _operation_under_way(host):
            commands = list(state.ops[host][op_hash].command_generator())
        fails = [c for c in commands if isinstance(c, Failure)]
        untold = [each.message for each in fails if not each.told]
        differences += [Difference(operation, "possible", each, "see there") for each in untold]
        if commands and not (fails or any(d.severity == "drift" for d in differences)):
            differences.append(Difference(operation, "as declared", _would(commands)))
        answers.append(
            Asked(
                stage,
                operation,
                bool(commands),
                tuple(differences),
                "; ".join(each.message for each in fails),
            )
        )
        if fails and not to_the_end:
            break
    return answers


def finding(stage: str, difference: Difference, repair: str) -> Finding:
    """A difference with its stage and the way out: its own where the deploy cannot mend it."""
    by_deploy = difference.severity == "drift" and not difference.fix
    return Finding(
        severity=difference.severity,
        stage=stage,
        what=difference.what,
        declared=difference.declared,
        actual=difference.actual,
        repair=repair if by_deploy else difference.fix,
        by_deploy=by_deploy,
    )


def _named(name: str) -> tuple[str, str]:
    stage, _, operation = name.rpartition(" | ")
    return stage, operation


def _would(commands: list[PyinfraCommand]) -> str:
    """What pyinfra's own operations are about to do; none of them is given a secret."""
    shown = [c.get_masked_value() for c in commands if isinstance(c, StringCommand)]
    shown += [c.function.__name__ for c in commands if isinstance(c, FunctionCommand)]
    return f"the deploy would run: {'; '.join(shown)}"


@contextmanager
def _operation_under_way(host: Host) -> Iterator[None]:
    """Keeps what pyinfra knows of the operation that asks: the one looked at would clear it."""
    names = (
        "in_op",
        "current_op_hash",
        "current_op_global_arguments",
        "current_op_deploy_data",
    )
    before = {name: getattr(host, name) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(host, name, value)
