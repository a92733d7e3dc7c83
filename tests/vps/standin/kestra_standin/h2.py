"""H2: the database that is a part of the server, in one file, or gone with its process."""

import contextlib
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .database import DatabaseError, Row
from .failures import RefusedError, StuckError

#: What a configuration without a `datasources.h2` gets.
DEFAULT_URL = "jdbc:h2:mem:public"
#: The words of the real one, by SQLite's code for the same trouble.
_COMPLAINTS = {
    sqlite3.SQLITE_BUSY: (
        'Database may be already in use: "{file}". Possible solutions: '
        "close all other connection(s); use the server mode [90020-240]"
    ),
    sqlite3.SQLITE_NOTADB: (
        'File corrupted while reading record: "{file}". '
        "Possible solution: use the recovery tool [90030-240]"
    ),
    sqlite3.SQLITE_CORRUPT: (
        'File corrupted while reading record: "{file}". '
        "Possible solution: use the recovery tool [90030-240]"
    ),
}


class H2:
    """SQLite under the name of H2's file: one process has it, and keeps it when it is deleted.

    + url: `jdbc:h2:file:PATH` or `jdbc:h2:mem:NAME`, with options that have no effect here
    """

    product = "H2"

    def __init__(self, url: str) -> None:
        self.url = url.partition(";")[0]
        match = re.fullmatch(r"jdbc:h2:(file|mem):(.+)", self.url)
        if match is None:
            raise RefusedError("datasources.h2.url is no jdbc:h2:file: or jdbc:h2:mem: URL")
        kind, place = match.groups()
        self._connection = _open(":memory:" if kind == "mem" else f"{place}.mv.db")
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield a cursor that speaks the PostgreSQL parameter style."""
        with self._lock:
            try:
                with self._connection:
                    yield _Cursor(self._connection.cursor())
            except sqlite3.OperationalError as problem:
                raise DatabaseError(str(problem)) from problem

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement in its own transaction and return its rows."""
        with self.transaction() as cursor:
            cursor.execute(statement, tuple(values))
            return list(cursor.fetchall())

    def ping(self) -> str:
        """Return the library's version; it is in this process, so nothing can be lost."""
        return sqlite3.sqlite_version


def _open(file: str) -> sqlite3.Connection:
    """Lock the file for good; what is wrong with it ends the start as it ends the real one."""
    try:
        if file != ":memory:":
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, timeout=0, check_same_thread=False)
        connection.execute("pragma locking_mode = exclusive")
        # What a killed process wrote is the kernel's to keep.
        connection.execute("pragma synchronous = off")
        connection.execute("begin exclusive")
        # The first write takes the file's header as it is, or complains about it.
        connection.execute("pragma user_version = 1")
        connection.commit()
    except (OSError, sqlite3.Error) as problem:
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_READONLY:
            raise StuckError("The database is read only; SQL statement: … [90097-240]") from problem
        complaint = _COMPLAINTS.get(code, 'IO Exception: "{file}" [90028-240]')
        raise RefusedError(f"Failed to initialize pool: {complaint.format(file=file)}") from problem
    return connection


class _Cursor:
    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        statement = statement.replace("%s", "?").replace("bigserial primary", "integer primary")
        self._cursor.execute(re.sub(r"\bfor update\b|\bjsonb\b", "", statement), tuple(values))

    def fetchall(self) -> list[Row]:
        return self._cursor.fetchall()

    def fetchone(self) -> Any:
        return self._cursor.fetchone()
