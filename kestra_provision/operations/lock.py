"""The lock of a run: taken before its first change, let go when it ends."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra import host
from pyinfra.api import operation
from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.connectors.local import LocalConnector

from kestra_provision.commands import lock
from kestra_provision.commands.lock import Answer, Holder
from kestra_provision.facts.lock_times import LockTimes
from kestra_provision.remote.shell import connector_arguments, run_quietly
from kestra_provision.run.failure import Failure
from kestra_provision.run.observation import earlier, fact_look, still_holds
from kestra_provision.run.state import HeldLock, of, run_of
from kestra_provision.runbook import journey


@operation()
def taken(project: str, why: str) -> Generator[PyinfraCommand]:
    """Takes the lock of the host, or fails with who has it.

    + project: the compose project
    + why: what the holder is about to do

    The lock is no part of what is declared, so taking it is no change: it happens while the
    operation looks, and only in a run that executes. A plan and the drift check need none.
    """
    if not host.state.is_executing:
        host.noop("the lock is needed to change something, not to look")
        return
    if problem := take(host, project, why):
        yield Failure(problem)
        return
    journey.begin_quietly(host)
    host.noop("locked for this run")


def take(host: Host, project: str, why: str) -> str:
    """Why it could not be taken; empty when it was, or this run has it already."""
    if of(host).lock:
        return ""
    mine = Holder.of_this_run(why)
    word, former, times = _ask(host, project, mine)
    if word == "refused" and former.ended_here:
        word, former, _ = _ask(host, project, mine, over=former.identity)
    if word == "refused":
        return lock.refusal(host.name, former, run_of(host.state).commands)
    if word not in ("taken", "replaced"):
        return former.why
    if word == "taken" and times == earlier(host, fact_look(LockTimes, project=project)):
        still_holds(host)  # it was free when the host was looked at, and nobody had it since
    of(host).lock = HeldLock(project, mine.identity, connector_arguments(host))
    if word == "replaced":
        host.log(f"took over the lock of a run that is gone, {former}")
    return ""


def take_by_hand(host: Host, project: str, why: str) -> str:
    """Why the lock of a person could not be taken; empty when it was. No run lets go of it."""
    word, former, _ = _ask(host, project, Holder.of_this_run(why, "manual"))
    if word == "refused":
        return lock.refusal(host.name, former, run_of(host.state).commands)
    return "" if word in ("taken", "replaced") else former.why


def find(host: Host, project: str) -> tuple[Answer, Holder]:
    """Who has the lock; raises `PyinfraError` when the host cannot tell."""
    try:
        return lock.answer(_run(host, lock.look(project)))
    except ValueError as error:
        raise PyinfraError(f"{host.name}: {error}") from error


def remove(host: Host, project: str, identity: str) -> None:
    """Removes this one lock; raises `PyinfraError` when that fails."""
    _run(host, lock.remove(project, identity))


def _run(host: Host, command: StringCommand) -> str:
    result = run_quietly(host, command)
    if not result.ok:
        raise PyinfraError(f"the lock in {lock.DIRECTORY} of {host.name}: {result.stderr.strip()}")
    return result.stdout


def _ask(
    host: Host, project: str, mine: Holder, over: str = ""
) -> tuple[Answer | str, Holder, int]:
    """The answer, who had it, and how often it was taken before; -1 where nothing told that."""
    local = isinstance(host.connector, LocalConnector)
    result = run_quietly(host, lock.take(project, mine, local=local, over=over))
    if not result.ok:
        reason = result.stderr.strip() or "flock did not get it within 30 s"
        why = f"the lock in {lock.DIRECTORY} could not be taken: {reason}"
        return "", Holder(why=why), -1
    try:
        return *lock.answer(result.stdout), lock.times_before(result.stdout)
    except ValueError as error:
        return "", Holder(why=str(error)), -1
