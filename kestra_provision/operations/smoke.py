"""The smoke test: a flow of ours runs to its end, which is more than an API that answers."""

from __future__ import annotations

from collections.abc import Generator

import httpx
from pyinfra import host, logger
from pyinfra.api import operation
from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.flows.canary import CANARY, source
from kestra_provision.kestra import access, canary
from kestra_provision.kestra.executing import LogLine, UnknownError
from kestra_provision.kestra.execution import Execution
from kestra_provision.kestra.executions import Silence
from kestra_provision.kestra.synced import asked, words
from kestra_provision.run.failure import Failure
from kestra_provision.run.findings import differs
from kestra_provision.run.hosts import real
from kestra_provision.run.observation import forget, once
from kestra_provision.run.state import of, run_of, stack_here
from kestra_provision.settings import Settings
from kestra_provision.text.difference import MISSING
from kestra_provision.text.words import one_line, printable

_WHAT = f"flow {CANARY}"
#: So many of its last lines stand in the message of a failure.
_LAST = 5
_UNREADABLE = (ValueError, KeyError, TypeError)


@operation()
def placed(settings: Settings) -> Generator[PyinfraCommand]:
    """The canary flow is on the server as it is shipped; one of the repository's own stays.

    Written only where it differs. A sync of flows neither lists nor deletes it.
    """
    if any(flow.id == CANARY for flow in of(host).flows.flows):
        host.noop(f"{CANARY} is the repository's own")
        return
    seen = once(host, "canary", lambda: _look(real(host), settings))
    if seen == source():
        host.noop(f"{CANARY} is there")
        return
    actual = seen.why if isinstance(seen, Silence) else "another one" if seen else MISSING
    differs(host, _WHAT, "as shipped", actual)
    yield FunctionCommand(_place, (settings,), {})


@operation()
def passed(settings: Settings) -> Generator[PyinfraCommand]:
    """An execution of the canary ends in SUCCESS.

    It runs whenever a deploy or the runbook is executed, and is no change of the host.
    """
    if host.state.is_executing and (problem := _run(real(host), settings)):
        yield Failure(problem)
    host.noop("an execution is no change of the host")


def _look(host: Host, settings: Settings) -> str | Silence:
    if not once(host, "access", lambda: access.look(host, settings, stack_here(host))).lives:
        return Silence("Kestra does not run yet", lives=False)
    try:
        with asked(host, settings) as kestra:
            return canary.found(kestra)
    except (httpx.HTTPError, *_UNREADABLE) as error:
        return Silence(f"Kestra does not tell: {_said(error)}")


def _place(state: State, host: Host, settings: Settings) -> bool:
    forget(host)
    try:
        with asked(host, settings) as kestra:
            canary.place(kestra)
    except (httpx.HTTPError, *_UNREADABLE) as error:
        host.log(f"{_WHAT}: {_said(error)}; {_doctor(host)}", log_func=logger.error)
        return False
    return True


def _run(host: Host, settings: Settings) -> str:
    """Why it did not pass, with the next command; empty where it did."""
    lines: list[LogLine] = []

    def say(line: LogLine) -> None:
        lines.append(line)
        host.log(f"{line.level} {line.task}: {printable(line.message)}")

    try:
        with asked(host, settings) as kestra:
            ended = canary.run(kestra, say)
    except UnknownError as error:
        return f"smoke test: there is no {error}; {_doctor(host)}"
    except (httpx.HTTPError, *_UNREADABLE) as error:
        return f"smoke test: {_said(error)}; {_doctor(host)}"
    if ended.state == "SUCCESS":
        host.log(f"{ended.name}: SUCCESS")
        return ""
    return _why(host, ended, lines)


def _why(host: Host, ended: Execution, lines: list[LogLine]) -> str:
    said = [f"{line.level} {line.task}: {one_line(line.message)}" for line in lines[-_LAST:]]
    log = "".join(f"\n  {line}" for line in said) or " without a word in its log"
    if not ended.is_over:
        late = f"{ended.name} is still {ended.state} after {canary.PATIENCE:.0f} s"
        return f"smoke test: {late}, its log:{log}\n{_doctor(host)}"
    more = run_of(host.state).commands.day_two(
        "executions", "logs", ended.id, host.name, "--level", "TRACE"
    )
    return f"smoke test: {ended.name} ended as {ended.state}, its log:{log}\nall of it: {more}"


def _said(error: Exception) -> str:
    return words(error) if isinstance(error, httpx.HTTPError) else "its answer is none of Kestra's"


def _doctor(host: Host) -> str:
    return f"what helps: {run_of(host.state).commands.day_two('doctor', host.name)}"
