"""An execution followed to its end: its log as it comes, its state when it changes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

from kestra_provision.kestra import executing
from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.executing import LogLine, UnknownError
from kestra_provision.kestra.execution import Execution
from kestra_provision.stack.limits import TASKS_GRACE

#: Seconds between two looks: short at first, as most executions are.
_PAUSES = (0.3, 0.5, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0)
_LONGEST = 5.0
#: Seconds for which one that was started a moment ago need not be written down yet, and for which a
#: server that does not answer is asked again: it restarts, which its tasks may hold up, and the
#: execution goes on after that.
_FRESH, _SILENCE = 15.0, TASKS_GRACE + 120.0
#: The log is written down on a way of its own, and may be later than the end.
_LATE, _LOOKS_FOR_LATE = 0.5, 6


@dataclass
class Following:
    """One execution on its way.

    + say: takes each line of its log once
    + changed: takes it whenever its state is another one, until it is over
    + silent: takes why there is no answer, once until there is one again
    + level: of its log, and what weighs more
    + pause, clock: in seconds
    """

    kestra: Kestra
    execution: Execution
    say: Callable[[LogLine], None]
    changed: Callable[[Execution], None] = lambda execution: None
    silent: Callable[[httpx.HTTPError], None] = lambda error: None
    level: str = "INFO"
    pause: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic)
    _said: Counter[LogLine] = field(default_factory=Counter)

    def to_the_end(self, timeout: float | None = None) -> Execution:
        """Looks until it is over or the time is up; returns it as it was last seen.

        + timeout: seconds; None has all the time that it takes

        Raises `httpx.HTTPError` for a server that stays silent, `UnknownError` for an execution
        that somebody deleted.
        """
        start = answered = self.clock()
        pauses, state, silent = _pauses(), "", False
        while True:
            now = self.clock()
            try:
                self.execution = executing.get(self.kestra, self.execution.id)
                if self.execution.state != state:
                    state = self.execution.state
                    if not self.execution.is_over:
                        self.changed(self.execution)
                self._say_what_is_new()
                answered, silent = self.clock(), False
            except UnknownError:
                if now - start >= _FRESH:
                    raise
            except httpx.HTTPError as error:
                if not _may_pass(error) or now - answered >= _SILENCE:
                    raise
                if not silent:
                    self.silent(error)
                silent = True
            if self.execution.is_over:
                self._say_what_is_late()
                return self.execution
            left = _LONGEST if timeout is None else timeout - (self.clock() - start)
            if left <= 0:
                return self.execution
            self.pause(min(next(pauses), left))

    def _say_what_is_new(self) -> bool:
        lines = executing.log(self.kestra, self.execution.id, self.level)
        new, before = Counter(lines) - self._said, self._said.total()
        for line in lines:
            if new[line]:
                new[line] -= 1
                self._said[line] += 1
                self.say(line)
        return self._said.total() > before

    def _say_what_is_late(self) -> None:
        for _ in range(_LOOKS_FOR_LATE):
            self.pause(_LATE)
            if not self._say_what_is_new() and self._said:
                return


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _LONGEST


def _may_pass(error: httpx.HTTPError) -> bool:
    """A restart looks like it; what is forbidden stays forbidden."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    return not isinstance(error, httpx.ProxyError)
