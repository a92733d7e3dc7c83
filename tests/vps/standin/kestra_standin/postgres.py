"""PostgreSQL behind a small pool of connections."""

import contextlib
import queue
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2
import psycopg2.errors

from .configuration import Configuration
from .database import DatabaseError, MissingTableError, Row
from .failures import RefusedError

POOL_SIZE = 10


class Postgres:
    """PostgreSQL behind a small pool of connections."""

    product = "PostgreSQL"

    def __init__(self, configuration: Configuration) -> None:
        self.url = configuration.text("datasources.postgres.url")
        self._where = _address(self.url)
        self._user = configuration.text("datasources.postgres.username")
        self._password = configuration.text("datasources.postgres.password")
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()
        self._slots = threading.Semaphore(POOL_SIZE)
        self._heartbeat: Any = None

    def connect(self) -> Any:
        """Open a connection; the message of a failure holds no password."""
        return psycopg2.connect(
            user=self._user,
            password=self._password,
            connect_timeout=8,
            application_name="kestra-standin",
            **self._where,
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield a cursor; commit at the end, roll back and drop the connection on an error."""
        with self._slots:
            try:
                connection = self._take()
                with connection, connection.cursor() as cursor:
                    yield cursor
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as problem:
                # One broken connection means the server went away: the idle ones are broken too.
                self._drain()
                raise DatabaseError(self._said(problem)) from problem
            except psycopg2.errors.UndefinedTable as problem:
                self._idle.put(connection)
                raise MissingTableError(str(problem).strip()) from problem
            self._idle.put(connection)

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement in its own transaction and return its rows."""
        with self.transaction() as cursor:
            cursor.execute(statement, tuple(values))
            return list(cursor.fetchall()) if cursor.description else []

    def ping(self) -> str:
        """Return the server's version over a connection kept for this purpose."""
        try:
            if self._heartbeat is None:
                self._heartbeat = self.connect()
                self._heartbeat.autocommit = True
            with self._heartbeat.cursor() as cursor:
                cursor.execute("select current_setting('server_version')")
                return str(cursor.fetchone()[0])
        except psycopg2.Error as problem:
            self._heartbeat = None
            raise DatabaseError(str(problem).strip()) from problem

    def _said(self, problem: Exception) -> str:
        text = str(problem).strip()
        if "could not translate host name" in text:
            text = f"java.net.UnknownHostException: {self._where['host']}"
        return text

    def _take(self) -> Any:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self.connect()

    def _drain(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                with contextlib.suppress(psycopg2.Error):
                    self._idle.get_nowait().close()


def _address(url: str) -> dict[str, Any]:
    match = re.fullmatch(
        r"jdbc:postgresql://(?P<host>[^:/?]+)(?::(?P<port>\d+))?/(?P<dbname>[^?]+)(?:\?.*)?", url
    )
    if match is None:
        raise RefusedError("datasources.postgres.url is missing or no jdbc:postgresql:// URL")
    return {"port": 5432, **{k: v for k, v in match.groupdict().items() if v is not None}}
