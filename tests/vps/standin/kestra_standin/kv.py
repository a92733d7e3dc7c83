"""The key-value store: the index in the database, the values in the storage."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from .database import Database, document
from .errors import ApiError, not_found
from .messages import Request, Response
from .router import Route
from .storage import Storage

_PATTERNS = (
    ("DURATION", r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    ("DATETIME", r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"),
    ("DATE", r"\d{4}-\d\d-\d\d"),
)


class KeyValues:
    """Keys of namespaces and their part of the API."""

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self._storage = storage

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        keys = f"{prefix}/namespaces/{{namespace}}/kv"
        return [
            ("GET", keys, self._list),
            ("GET", f"{keys}/{{key}}", self._get),
            ("PUT", f"{keys}/{{key}}", self._put),
            ("DELETE", f"{keys}/{{key}}", self._delete),
        ]

    def read(self, namespace: str, key: str) -> Any:
        """Return a value; raise 404 for a missing key."""
        if self._about(namespace, key) is None:
            raise not_found(f"No value found for key '{key}' in namespace '{namespace}'")
        path = self._storage.path(namespace, "_kv", f"{key}.ion")
        return json.loads(self._storage.read(path))

    def write(self, namespace: str, key: str, value: Any) -> None:
        """Store a value, keeping the date of the first one."""
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]*", key):
            raise ApiError(422, "Illegal argument: Key must start with an alphanumeric character")
        path = self._storage.path(namespace, "_kv", f"{key}.ion")
        self._storage.write(path, json.dumps(value).encode())
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        created = (self._about(namespace, key) or {}).get("creationDate", now)
        about = {"key": key, "creationDate": created, "updateDate": now}
        with self._database.transaction() as cursor:
            cursor.execute("delete from kv where key = %s", (_row(namespace, key),))
            cursor.execute(
                "insert into kv values (%s, %s, %s, %s)",
                (_row(namespace, key), namespace, key, json.dumps(about)),
            )

    def _list(self, request: Request) -> Response:
        rows = self._database.run(
            "select value from kv where namespace = %s order by name",
            (request.values["namespace"],),
        )
        return Response.json([document(row[0]) for row in rows])

    def _get(self, request: Request) -> Response:
        value = self.read(request.values["namespace"], request.values["key"])
        return Response.json({"type": _kind(value), "value": value})

    def _put(self, request: Request) -> Response:
        if request.content_type != "text/plain":
            raise ApiError(
                415,
                f"Unsupported Media Type: Content Type [{request.content_type}] not allowed."
                " Allowed types: [text/plain]",
            )
        try:
            value = json.loads(request.text())
        except ValueError as problem:
            # A bare duration or date is a value of its own type, any other bare word is not.
            value = request.text().strip()
            if not any(re.fullmatch(pattern, value) for _, pattern in _PATTERNS):
                raise ApiError(422, "Invalid JSON: unreadable value") from problem
        self.write(request.values["namespace"], request.values["key"], value)
        return Response(200)

    def _delete(self, request: Request) -> Response:
        namespace, key = request.values["namespace"], request.values["key"]
        self._database.run("delete from kv where key = %s", (_row(namespace, key),))
        path = self._storage.path(namespace, "_kv", f"{key}.ion")
        return Response.json(self._storage.delete(path))

    def _about(self, namespace: str, key: str) -> dict[str, Any] | None:
        rows = self._database.run("select value from kv where key = %s", (_row(namespace, key),))
        return document(rows[0][0]) if rows else None


def _row(namespace: str, key: str) -> str:
    return f"{namespace}/{key}"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int | float):
        return "NUMBER"
    if isinstance(value, dict | list):
        return "JSON"
    for kind, pattern in _PATTERNS:
        if re.fullmatch(pattern, str(value)):
            return kind
    return "STRING"
