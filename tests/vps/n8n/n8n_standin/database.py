"""PostgreSQL behind one connection, and its failures in the words of Node's driver."""

import contextlib
import re
import select
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg2
from psycopg2 import extensions

from .environment import Environment

Row = tuple[Any, ...]
#: Seconds an answer may take before n8n calls the database lost.
PATIENCE = 5.0


class DatabaseError(Exception):
    """A statement got no answer; the text is what n8n would log."""


class _TimeoutError(DatabaseError):
    """The server is silent: it neither answers nor hangs up."""


class Database:
    """A database that may go away and come back."""

    def __init__(self, environment: Environment) -> None:
        name = "DB_POSTGRESDB_{}".format
        self.host = environment.text(name("HOST"), "localhost")
        self.port = int(environment.number(name("PORT"), 5432))
        self.schema = environment.text(name("SCHEMA"), "public")
        self._database = environment.text(name("DATABASE"), "n8n")
        self._user = environment.text(name("USER"), "postgres")
        self._password = environment.text(name("PASSWORD"))
        self._milliseconds = environment.number(name("CONNECTION_TIMEOUT"), 20_000)
        self._deadline = 0.0
        self._connection: Any = None
        self._lock = threading.Lock()
        # libpq waits for ever for a server that is frozen; this asks for a time limit instead.
        extensions.set_wait_callback(self._wait)

    def open(self) -> None:
        """Connect for the first time."""
        if not self._password:
            text = "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"
            raise DatabaseError(text)
        try:
            self.run("select 1", patience=self._milliseconds / 1000)
        except _TimeoutError as problem:
            raise DatabaseError(
                "Could not establish database connection within the configured timeout of"
                f" {self._milliseconds:,.0f} ms. Please ensure the database is configured"
                " correctly and the server is reachable. You can increase the timeout by setting"
                " the 'DB_POSTGRESDB_CONNECTION_TIMEOUT' environment variable."
            ) from problem

    def run(
        self, statement: str, values: Sequence[Any] = (), patience: float = PATIENCE
    ) -> list[Row]:
        """Run statements in a transaction of their own and return the rows of the last one."""
        with self._lock:
            self._deadline = time.monotonic() + patience
            try:
                return self._run(statement, values)
            except (psycopg2.Error, _TimeoutError) as problem:
                # Instead of a rollback, which a silent server would not answer either.
                self.close()
                if isinstance(problem, psycopg2.Error):
                    raise DatabaseError(self._in_words(str(problem))) from problem
                raise

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            with contextlib.suppress(psycopg2.Error):
                self._connection.close()
        self._connection = None

    def _run(self, statement: str, values: Sequence[Any]) -> list[Row]:
        if self._connection is None:
            self._connection = psycopg2.connect(
                host=self.host,
                port=self.port,
                dbname=self._database,
                user=self._user,
                password=self._password,
                application_name="n8n-standin",
                options=f'-c search_path="{self.schema}"',
            )
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = list(cursor.fetchall()) if cursor.description else []
        self._connection.commit()
        return rows

    def _wait(self, connection: Any) -> None:
        while (state := connection.poll()) != extensions.POLL_OK:
            waiting = [connection.fileno()]
            reads = waiting if state == extensions.POLL_READ else []
            writes = waiting if state == extensions.POLL_WRITE else []
            left = self._deadline - time.monotonic()
            if left <= 0 or not any(select.select(reads, writes, [], left)):
                raise _TimeoutError("Database connection timed out")

    def _in_words(self, text: str) -> str:
        if "could not translate host name" in text:
            return f"getaddrinfo ENOTFOUND {self.host}"
        if "Connection refused" in text:
            return f"connect ECONNREFUSED {socket.gethostbyname(self.host)}:{self.port}"
        if fatal := re.search(r"FATAL:\s+(.+)", text):
            return fatal[1].strip()
        return "Connection terminated unexpectedly"
