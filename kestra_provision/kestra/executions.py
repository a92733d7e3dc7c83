"""Executions that are under way, and the wait for their end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from packaging.version import Version
from pyinfra.api.command import StringCommand
from pyinfra.api.host import Host

from kestra_provision.facts.health import Health, health_arguments
from kestra_provision.kestra import access
from kestra_provision.kestra.access import Access
from kestra_provision.kestra.client import Kestra, connected
from kestra_provision.kestra.execution import Execution, read
from kestra_provision.remote.session import NoAnswerError
from kestra_provision.remote.shell import LOST, lost, run_quietly
from kestra_provision.render.host.scripts import judgement
from kestra_provision.run.observation import fact_look
from kestra_provision.settings import Settings
from kestra_provision.stack.stack import Stack
from kestra_provision.text.words import plural

#: What works now or is about to, in the order in which an execution goes through them: one that
#: goes on between two questions is seen twice, and not missed. One that is paused or queued waits
#: by itself, and a restart changes nothing for it.
UNDER_WAY = ("CREATED", "RESTARTED", "RUNNING", "KILLING")
#: The search took lists of filters with the same version that put tenants into the path.
FILTERS_SINCE = Version("0.23")
#: Most that are listed by name.
_MOST = 25
_PAUSE = 2.0
_REPEAT = 15.0
#: The host's word for one whose start has failed: its process may stay, and is silent for ever.
_FAILED = "stuck"
#: Seconds of silence: of a server that starts, of one that Docker calls well, of one that it has
#: found unwell for half a minute already, and of any when a run has no time to wait.
_STARTS, _WELL, _UNWELL, _MOMENT = 120.0, 60.0, 15.0, 10.0


@dataclass(frozen=True)
class UnderWay:
    """How many there are, and the first of them."""

    total: int
    listed: tuple[Execution, ...] = ()


@dataclass(frozen=True)
class Silence:
    """Kestra did not tell.

    + why: for people, without a secret
    + patience: seconds for which it is worth while to ask again
    + lives: False when nothing of it runs, which is an answer as well
    """

    why: str
    patience: float = 0
    lives: bool = True


class Questions:
    """Asks where Kestra listens, as whom it knows us, and where that is after each silence."""

    def __init__(self, host: Host, settings: Settings, stack: Stack) -> None:
        self._host, self._settings, self._stack = host, settings, stack
        self._access: Access | None = None

    def __call__(self) -> UnderWay | Silence:
        """Asks once."""
        found = self._access or access.look(self._host, self._settings, self._stack)
        self._access = None
        if not found.lives:
            return Silence(f"its container is {found.status}", lives=False)
        try:
            seen = under_way(self._host, self._settings, found)
        except httpx.ProxyError as error:  # it stays forbidden
            return Silence(str(error))
        except httpx.HTTPStatusError as error:
            return Silence(f"it answers {error.response.status_code}", self._patience(found))
        except (httpx.HTTPError, KeyError, TypeError, ValueError, AttributeError) as error:
            if lost(self._host):
                return Silence(LOST)
            return Silence(_reason(error), self._patience(found))
        self._access = found
        return seen

    def _patience(self, found: Access) -> float:
        if found.starts:
            return _UNWELL if self._has_failed() else _STARTS
        if found.status == "running" and found.port is None:
            return 0  # no port of it is published, as without its network
        return _UNWELL if found.unwell else _WELL

    def _has_failed(self) -> bool:
        """That nobody can tell is no failure of the host, as `get_fact` would have it."""
        judge = judgement(self._settings, self._stack)
        look = fact_look(Health, **health_arguments(self._stack, judge))
        try:
            seen = look.read(run_quietly(self._host, StringCommand(look.text)))
        except NoAnswerError:
            return False
        return seen[self._stack.main.name].word == _FAILED


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPError):
        return str(error) or "no answer"
    return "its answer is none of Kestra's"


def under_way(host: Host, settings: Settings, found: Access) -> UnderWay:
    """Asks the API; raises `httpx.HTTPError` or `ValueError` when it does not tell."""
    with connected(host, settings, found) as kestra:
        return _search(kestra)


def _search(kestra: Kestra) -> UnderWay:
    total, listed = 0, dict[str, Execution]()
    filtered = kestra.version is None or kestra.version >= FILTERS_SINCE
    for state in UNDER_WAY:
        wanted = "filters[state][EQUALS]" if filtered else "state"
        found = kestra.call(
            "GET", "/executions/search", params={wanted: state, "size": str(_MOST)}
        ).json()
        before = len(listed)
        # An older or newer server may not know the filter and answer with all there are.
        right = [e for e in found["results"] if e["state"]["current"] == state]
        total += int(found["total"]) if len(right) == len(found["results"]) else len(right)
        listed |= {str(e["id"]): read(e) for e in right}
        total -= before + len(right) - len(listed)
    return UnderWay(total, tuple(listed.values())[:_MOST])


def drain(
    look: Callable[[], UnderWay | Silence],
    timeout: float,
    say: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> UnderWay | Silence:
    """Looks again until none is under way or the time is up; returns what is left.

    One dropped connection is no answer: a silent server is asked again, as long as its silence is
    worth while to wait for, and without a `timeout` for a moment.

    + look: asks once
    + timeout: seconds
    + say: takes one line when the number changes, and now and then while it does not
    """
    start = clock()
    said, said_at = "", 0.0
    silent_at: float | None = None
    while True:
        asked_at = clock() - start
        seen = look()
        waited = clock() - start
        if isinstance(seen, Silence):
            again, silent_at = silent_at is not None, asked_at if silent_at is None else silent_at
            end = min(max(timeout, _MOMENT), silent_at + seen.patience)
            if not seen.patience or (again and waited >= end):
                return seen
            news = f"Kestra does not tell what runs ({seen.why}); it is asked again"
            line = news
        else:
            silent_at = None
            if seen.total == 0 or waited >= timeout:
                return seen
            news = str(seen.total)
            line = (
                f"waiting for {plural(seen.total, 'execution')} to end "
                f"({waited:.0f} of {timeout:.0f} s): "
                f"{', '.join(str(e.flow) for e in seen.listed[:5])}"
            )
        if news != said or waited - said_at >= _REPEAT:
            say(line)
            said, said_at = news, waited
        pause(_PAUSE)
