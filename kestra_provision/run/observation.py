"""What was seen of a host, kept until something is changed there.

A channel a question, and a question a stage, would be many round trips. So whoever knows what will
be asked says so (`expect`), and the first question of a stage brings the answers of all: one
script on the host runs its parts side by side. Only an operation asks here, before its first
command: what runs later, or waits for something, asks the host itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.remote.session import NoAnswerError
from kestra_provision.remote.shell import Result, run_quietly
from kestra_provision.run import asking
from kestra_provision.run.side_by_side import answers, command, script
from kestra_provision.run.state import of

T = TypeVar("T")

#: Seconds.
_MOMENT = 15


@dataclass(frozen=True)
class Look(Generic[T]):
    """One question to a host.

    + key: tells it from others
    + text: shell text, run as root
    + read: makes sense of its answer; raises `NoAnswerError` for one that is none
    + alone: asks it in a channel of its own
    + first: is of use at the beginning of a run only
    """

    key: str
    text: str
    read: Callable[[Result], T]
    alone: Callable[[Host], T]
    first: bool = False


def fact_look(fact: type[FactBase[T]], *, first: bool = False, **arguments: Any) -> Look[T]:
    """The question that a fact asks.

    + first: as `Look` has it
    + arguments: the fact's own
    """
    asked = fact()

    def read(result: Result) -> T:
        if not result.ok:
            raise NoAnswerError(
                f"the question for {fact.__name__} has no answer: {result.stderr.strip()}"
            )
        lines = result.stdout.removesuffix("\n").split("\n")
        with asking.understood(f"the question for {fact.__name__}"):
            answer: T = asked.process(lines) if result.stdout else asked.default()
        return answer

    return Look(
        key=f"{fact.__name__} {sorted(arguments.items())!r}",
        text=str(asked.command(**arguments)),
        read=read,
        alone=lambda host: host.get_fact(fact, **arguments),
        first=first,
    )


def quiet_look(key: str, text: str, read: Callable[[Result], T]) -> Look[T]:
    """A question whose answer holds secrets: pyinfra prints what a fact answers at `-vvv`.

    + key, text, read: as `Look` has them
    """
    return Look(key, text, read, lambda host: read(asking.quietly(host, text)))


def expect(host: Host, looks: Iterable[Look[Any]]) -> None:
    """Says what will be asked, so that one channel of each stage brings it all."""
    of(host).expected |= {look.key: look for look in looks}


def observed(host: Host, fact: type[FactBase[T]], **arguments: Any) -> T:
    """`host.get_fact`, or its answer from before if nothing was changed on the host since."""
    return seen(host, fact_look(fact, **arguments))


def seen(host: Host, look: Look[T]) -> T:
    """The answer to a question, or the one from before if nothing was changed on the host since.

    A person may think for minutes between the plan and its execution, so each looks itself.
    """
    of_host = of(host)
    stage = _stage(host)
    key = f"{stage} {look.key}"
    if key not in of_host.seen:
        if look.key in of_host.expected and stage not in of_host.looked:
            _look_at_all(host, stage)
        if key not in of_host.seen:
            of_host.seen[key] = look.alone(host)
    answer: T = of_host.seen[key]
    return answer


def once(host: Host, key: str, ask: Callable[[], T]) -> T:
    """What somebody found out otherwise than by a question to the host's shell; kept as long.

    + key: tells it from others
    + ask: finds it out
    """
    of_host = of(host)
    key = f"{_stage(host)} {key}"
    if key not in of_host.seen:
        of_host.seen[key] = ask()
    answer: T = of_host.seen[key]
    return answer


def earlier(host: Host, look: Look[T]) -> T | None:
    """The answer that an earlier stage of this run got; None without one."""
    of_host = of(host)
    keys = (f"{stage} {look.key}" for stage in of_host.looked if stage != _stage(host))
    return next((of_host.seen[key] for key in keys if key in of_host.seen), None)


def at_hand(host: Host, look: Look[T]) -> T | None:
    """The answer that this stage got, or else an earlier one; None where nobody asked."""
    of_host = of(host)
    key = f"{_stage(host)} {look.key}"
    return of_host.seen[key] if key in of_host.seen else earlier(host, look)


def still_holds(host: Host) -> None:
    """What was seen a moment ago counts in this stage too: nobody changed the host since.

    For whoever knows that. A person may change it as well, so it counts for some seconds only.
    """
    of_host, stage = of(host), _stage(host)
    for before, when in [*of_host.looked.items()]:
        if before != stage and monotonic() - when <= _MOMENT:
            of_host.looked[stage] = when
            for look in of_host.expected.values():
                if not look.first and f"{before} {look.key}" in of_host.seen:
                    of_host.seen[f"{stage} {look.key}"] = of_host.seen[f"{before} {look.key}"]


def refresh(host: Host) -> None:
    """For whoever decides by what changes by itself, such as a container.

    Operations go over all hosts one by one: while one host is at work for minutes, what was seen
    of another one gets old. What is older than a moment is looked at anew.
    """
    of_host, stage = of(host), _stage(host)
    if stage in of_host.looked and monotonic() - of_host.looked[stage] > _MOMENT:
        forget(host)
        del of_host.looked[stage]


def forget(host: Host) -> None:
    """For whoever changes a host otherwise than by an operation."""
    of(host).seen.clear()


class Forgetting(BaseStateCallback):
    """Forgets a host's state when an operation changed it, or failed on the way."""

    @staticmethod
    def operation_host_start(state: State, host: Host, op_hash: str) -> None:
        of_host = of(host)
        latest = state.ops[host].get(of_host.latest_operation)
        if latest and not (
            latest.operation_meta.is_complete() and not latest.operation_meta.did_change()
        ):
            forget(host)
        of_host.latest_operation = op_hash


def _stage(host: Host) -> str:
    return str(getattr(host.state, "current_stage", ""))


def _look_at_all(host: Host, stage: str) -> None:
    """Once a stage: after a change only what is asked again is looked at again."""
    of_host = of(host)
    again = bool(of_host.looked)
    looks = [look for look in of_host.expected.values() if not (look.first and again)]
    of_host.looked[stage] = monotonic()  # also when the connection is lost: it is not asked twice
    result = run_quietly(host, command(), stdin=script([look.text for look in looks]))
    of_host.looked[stage] = monotonic()  # one that hangs may take longer than the moment
    for look, answer in zip(looks, answers(result.stdout, len(looks)), strict=True):
        if answer is None:
            continue
        with suppress(NoAnswerError):  # whoever wants to know asks again, and is told
            of_host.seen[f"{stage} {look.key}"] = look.read(answer)
