"""Watches the database of a live server, and ends the server as the real one ends.

A lost database, 0.20: the API answers 500 at once, `/health` waits, then both ports close and the
process exits 1 some time later. 1.x: the process exits within two seconds.

A frozen one, 0.20: the ports close and the process stays for ever. 1.x: `/health` is 503 after
half a minute, the ports close after a minute, the process exits 1 after two.

A queue that cannot be polled (1.x): every poller ends, nothing is worked off any more, and the
server answers well for another two minutes before it exits.
"""

import os
import threading
import time
from collections.abc import Callable

from .database import Database, DatabaseError
from .log import error, info

LOGGER = "io.kestra.jdbc.runner.JdbcQueue"
_CONTEXT = "io.kestra.core.contexts.KestraContext"
_QUEUES = (
    "io.kestra.core.models.executions.Execution",
    "io.kestra.core.models.flows.FlowInterface",
    "io.kestra.core.models.executions.LogEntry",
    "io.kestra.core.runners.WorkerTaskResult",
)


class Watch:
    """Pings the database twice a second and knows since when it has been silent."""

    def __init__(self, database: Database, ends_at_once: bool) -> None:
        self._database = database
        self._ends_at_once = ends_at_once
        self._changed = threading.Condition()
        self._last_answer = time.monotonic()
        self._refused = False
        self._gave_up = False
        self._asked = threading.Event()
        self._close_ports: Callable[[], None] = lambda: None
        self._end: Callable[[int], None] = lambda _: None
        self.database_version = database.ping()
        self.limit = float(os.environ.get("STANDIN_DB_LOSS_SECONDS", "30"))

    def start(self, close_ports: Callable[[], None], end: Callable[[int], None]) -> None:
        """Start watching.

        + close_ports: called once when the limit has passed
        + end: called with the exit code when the process should end
        """
        self._close_ports, self._end = close_ports, end
        judge = self._judge_one if self._ends_at_once else self._judge_old
        for name, target in (("heartbeat", self._ping_for_ever), ("watch", judge)):
            threading.Thread(target=target, name=name, daemon=True).start()

    def wait_until_answering(self) -> bool:
        """Return True once the database answers, False when the limit passes before that."""
        asked = time.monotonic()
        self._asked.set()
        with self._changed:
            while not self._gave_up:
                # Only a ping sent after the question counts: the one before may be out of date.
                if self._last_answer > asked:
                    return True
                self._changed.wait(0.2)
        return False

    def end_pollers(self) -> None:
        """Say what the pollers say when their table has gone, and exit some time later."""
        self._say_the_end()
        seconds = float(os.environ.get("STANDIN_ZOMBIE_SECONDS", "110"))
        timer = threading.Timer(seconds, self._end, (0,))
        timer.daemon = True
        timer.start()

    def _say_the_end(self) -> None:
        for queue in _QUEUES:
            error(LOGGER, f"Fatal error while polling the '{queue}' queue. Initiating shutdown.")
        info(_CONTEXT, "Kestra server - Shutdown initiated")

    def _ping_for_ever(self) -> None:
        while True:
            self._asked.clear()
            sent = time.monotonic()
            try:
                self.database_version = self._database.ping()
                answered = True
            except DatabaseError:
                answered = False
            with self._changed:
                if answered:
                    self._last_answer = sent
                if self._refused == answered:
                    (info if answered else error)(
                        LOGGER, f"Database connection {'is back' if answered else 'lost'}"
                    )
                self._refused = not answered
                self._changed.notify_all()
            if self._refused and self._ends_at_once:
                self._say_the_end()
                self._end(1)
                return
            if answered:
                self._asked.wait(0.5)
            else:
                time.sleep(0.25)

    def _judge_old(self) -> None:
        while self._silence() < self.limit:
            time.sleep(0.1)
        frozen = not self._refused
        self._give_up(True)
        time.sleep(0.5)  # the waiting /health calls get their 500 out first
        error(LOGGER, "Database silent for too long, shutting the HTTP servers down")
        self._close_ports()
        if not frozen:
            time.sleep(self.limit / 2)
            error("io.kestra.cli.App", "Startup of the queues failed after the loss, exiting")
            self._end(1)

    def _judge_one(self) -> None:
        while (silence := self._silence()) < 2 * self.limit:
            # One that is thawed in time goes on as if nothing had been.
            self._give_up(silence >= self.limit)
            time.sleep(0.1)
        error(LOGGER, "Database silent for too long, shutting the HTTP servers down")
        self._close_ports()
        time.sleep(2 * self.limit)
        self._end(1)

    def _silence(self) -> float:
        return time.monotonic() - self._last_answer

    def _give_up(self, now: bool) -> None:
        with self._changed:
            self._gave_up = now
            self._changed.notify_all()
