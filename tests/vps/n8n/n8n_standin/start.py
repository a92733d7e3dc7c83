"""`n8n start`: the order in which things come up, what is watched, and how it ends."""

import os
import signal
import threading
import time
from types import FrameType
from typing import NoReturn

from .database import Database, DatabaseError
from .environment import Environment
from .failures import CrashError
from .instance import Instance
from .log import info
from .schema import migrate
from .server import Server, State
from .sessions import Sessions
from .site import Site, base_url
from .store import Store

#: The first one is what n8n takes without a setting, and in place of a misspelt one.
DATABASES = ("sqlite", "mariadb", "mysqldb", "postgresdb")
_CRASHED = "There was an error initializing DB"


class Start:
    """One run of the server."""

    def __init__(
        self,
        environment: Environment,
        kind: str,
        database: Database,
        instance: Instance,
        version: str,
    ) -> None:
        self._environment = environment
        self._kind = kind
        self._database = database
        self._instance = instance
        self._version = version
        self._limit = environment.number("N8N_GRACEFUL_SHUTDOWN_TIMEOUT", 30)
        self._ping_seconds = environment.number("DB_PING_INTERVAL_SECONDS", 2)
        self._state = State()

    def run(self) -> NoReturn:
        """Come up and stay until a signal."""
        self._instance.begin(float(os.environ.get("STANDIN_CRASH_SECONDS", "10")))
        info("Initializing n8n process")
        # Only from here on does n8n end well: a signal before this one kills it.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._connect()
        server = self._listen()
        for name in migrate(self._database):
            info(f"Starting migration {name}\nFinished migration {name}")
        time.sleep(float(os.environ.get("STANDIN_START_SECONDS", "0.5")))
        sessions = Sessions(self._environment, self._database, self._instance.encryption_key)
        store = Store(self._database, self._instance.encryption_key)
        server.route = Site(self._environment, self._version, sessions, store).answer
        self._state.migrated = True
        info(f"Version: {self._version}")
        info("This is a stand-in for tests, not n8n")
        info(f"\nEditor is now accessible via:\n{base_url(self._environment)}")
        while True:
            time.sleep(self._ping_seconds)
            self._ping()

    def _connect(self) -> None:
        if self._kind != "postgresdb":
            raise CrashError(
                _CRASHED, f"DB_TYPE is {self._kind}: the stand-in has no such database"
            )
        try:
            self._database.open()
        except DatabaseError as problem:
            raise CrashError(_CRASHED, str(problem)) from problem
        self._state.connected = True

    def _listen(self) -> Server:
        """Listen: not before the database has answered, so health says more than it promises."""
        address = self._environment.text("N8N_LISTEN_ADDRESS", "::")
        port = int(self._environment.number("N8N_PORT", 5678))
        try:
            server = Server(address, port, self._state)
        except OSError as problem:
            info(f"n8n webserver failed, exiting: {problem.strerror}")
            os._exit(1)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        info(f"n8n ready on {address}, port {port}")
        return server

    def _ping(self) -> None:
        try:
            self._database.run("select 1")
        except DatabaseError as problem:
            self._state.connected = False
            info(str(problem))
            return
        if not self._state.connected:
            info("Database connection recovered")
        self._state.connected = True

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        info(f"Received {signal.Signals(number).name}. Shutting down...")
        # STANDIN_STOP_SECONDS plays executions that are still running.
        busy = float(os.environ.get("STANDIN_STOP_SECONDS", "0"))
        time.sleep(min(busy, self._limit))
        if busy > self._limit:
            info(f"process exited after {self._limit:.0f}s")
            info(f"Shutdown timed out after {self._limit:.0f} seconds")
            os._exit(1)
        info("\nStopping n8n...")
        self._instance.end()
        # At once: the main thread may be in the middle of a ping.
        os._exit(0)
