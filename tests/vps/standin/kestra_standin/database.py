"""What the server asks of a database, whichever one it has."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]


class DatabaseError(Exception):
    """A statement did not get its answer; the API turns it into a 500."""


class MissingTableError(DatabaseError):
    """Somebody took a table away; the server itself is well."""


class Database(Protocol):
    """What the rest of the server asks of a database."""

    url: str
    product: str

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run one statement in its own transaction and return its rows."""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield a cursor whose statements take effect together."""

    def ping(self) -> str:
        """Return the server's version over a connection kept for this purpose."""


def document(value: Any) -> Any:
    """Return a stored JSON value: PostgreSQL parses it already, a file does not."""
    return json.loads(value) if isinstance(value, str) else value
