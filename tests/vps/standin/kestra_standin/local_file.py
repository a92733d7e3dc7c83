"""The database of `server local`: a file instead of PostgreSQL."""

import contextlib
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .database import Row
from .failures import RefusedError


class LocalFile:
    """What `server local` keeps under `/app/data` instead of PostgreSQL."""

    product = "H2"

    def __init__(self, directory: Path) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(directory / "h2.db", check_same_thread=False)
        except (OSError, sqlite3.Error) as problem:
            raise RefusedError(
                f"Could not open the database in {directory}: {problem}"
            ) from problem
        self.url = f"jdbc:h2:file:{directory}/h2"
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield a cursor that speaks the PostgreSQL parameter style."""
        with self._lock, self._connection:
            yield _SqliteCursor(self._connection.cursor())

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement in its own transaction and return its rows."""
        with self.transaction() as cursor:
            cursor.execute(statement, tuple(values))
            return list(cursor.fetchall())

    def ping(self) -> str:
        """Return the library's version."""
        return sqlite3.sqlite_version


class _SqliteCursor:
    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        statement = statement.replace("%s", "?").replace("bigserial primary", "integer primary")
        self._cursor.execute(re.sub(r"\bfor update\b|\bjsonb\b", "", statement), tuple(values))

    def fetchall(self) -> list[Row]:
        return self._cursor.fetchall()

    def fetchone(self) -> Any:
        return self._cursor.fetchone()
