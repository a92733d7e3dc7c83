"""Watches the database of a live server, and closes the server as the real one does.

A lost database: the API answers 500 at once, `/health` waits, then both ports close and the
process exits 1 some time later. A frozen one: the ports close and the process stays for ever.
"""

import os
import threading
import time
from collections.abc import Callable

from .database import Database, DatabaseError
from .log import error, info

LOGGER = "io.kestra.jdbc.runner.JdbcQueue"


class Watch:
    """Pings the database once a second and knows since when it has been silent."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = threading.Condition()
        self._last_answer = time.monotonic()
        self._refused = False
        self._gave_up = False
        self._asked = threading.Event()
        self.database_version = database.ping()
        self.limit = float(os.environ.get("STANDIN_DB_LOSS_SECONDS", "30"))

    def start(self, close_ports: Callable[[], None], end: Callable[[int], None]) -> None:
        """Start watching.

        + close_ports: called once when the limit has passed
        + end: called with the exit code when the process should end
        """
        threading.Thread(target=self._ping_for_ever, name="heartbeat", daemon=True).start()
        threading.Thread(
            target=self._judge_for_ever, args=(close_ports, end), name="watch", daemon=True
        ).start()

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
            if answered:
                self._asked.wait(0.5)
            else:
                time.sleep(0.25)

    def _judge_for_ever(self, close_ports: Callable[[], None], end: Callable[[int], None]) -> None:
        while time.monotonic() - self._last_answer < self.limit:
            time.sleep(0.1)
        with self._changed:
            self._gave_up = True
            frozen = not self._refused
            self._changed.notify_all()
        time.sleep(0.5)  # the waiting /health calls get their 500 out first
        error(LOGGER, "Database silent for too long, shutting the HTTP servers down")
        close_ports()
        if not frozen:
            time.sleep(self.limit / 2)
            error("io.kestra.cli.App", "Startup of the queues failed after the loss, exiting")
            end(1)
