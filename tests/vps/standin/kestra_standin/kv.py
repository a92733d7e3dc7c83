"""The key-value store: the index in the database, the values in the storage."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .database import Database, document
from .errors import ApiError, not_found
from .messages import Request, Response
from .paging import page
from .router import Route
from .storage import Storage
from .tasks import seconds
from .versions import Version

_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_TIMES = {
    "DATETIME": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"),
    "DATE": re.compile(r"\d{4}-\d\d-\d\d"),
}


class Timestamp(str):
    """A date or a time without quotes, for which Ion has a type; with quotes it is a text."""


class KeyValues:
    """Keys of namespaces and their part of the API."""

    def __init__(self, version: Version, database: Database, storage: Storage) -> None:
        self._version = version
        self._database = database
        self._storage = storage

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        keys = f"{prefix}/namespaces/{{namespace}}/kv"
        return [
            ("GET", f"{prefix}/kv", self._list_all),
            ("GET", keys, self._list),
            ("DELETE", keys, self._delete_several),
            ("GET", f"{keys}/{{key}}", self._get),
            ("PUT", f"{keys}/{{key}}", self._put),
            ("DELETE", f"{keys}/{{key}}", self._delete),
        ]

    def read(self, namespace: str, key: str) -> Any:
        """Return a value; raise 404 for a missing key."""
        if self._about(namespace, key) is None:
            raise not_found(f"No value found for key '{key}' in namespace '{namespace}'")
        expires = (self._about(namespace, key) or {}).get("expirationDate")
        if expires is not None and expires < _time(datetime.now(UTC)):
            raise ApiError(410, f"Resource gone: The requested value has expired: {key}")
        path = self._storage.path(namespace, "_kv", f"{key}.ion")
        text = self._storage.read(path).decode()
        return Timestamp(text) if _time_kind(text) else json.loads(text)

    def write(self, namespace: str, key: str, value: Any, **more: Any) -> None:
        """Store a value, keeping the date of the first one.

        + more: what else is to be remembered of it
        """
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]*", key):
            rule = (
                " (uppercase or lowercase) and can contain alphanumeric characters (uppercase or"
                " lowercase), dots (.), underscores (_), and hyphens (-) only."
            )
            end = rule if self._version.is_one else ""
            message = "Illegal argument: Key must start with an alphanumeric character"
            raise ApiError(422, message + end)
        path = self._storage.path(namespace, "_kv", f"{key}.ion")
        text = value if isinstance(value, Timestamp) else json.dumps(value)
        self._storage.write(path, text.encode())
        now = _time(datetime.now(UTC))
        former = self._about(namespace, key) or {}
        about = {
            "namespace": namespace,
            "key": key,
            "version": former.get("version", 0) + 1,
            "creationDate": former.get("creationDate", now),
            "updateDate": now,
            **more,
        }
        with self._database.transaction() as cursor:
            cursor.execute("delete from kv_metadata where key = %s", (_row(namespace, key),))
            cursor.execute(
                "insert into kv_metadata values (%s, %s, %s, %s)",
                (_row(namespace, key), namespace, key, json.dumps(about)),
            )

    def _list_all(self, request: Request) -> Response:
        rows = self._database.run("select value from kv_metadata order by key")
        return page(request, [self._shown(document(row[0])) for row in rows])

    def _shown(self, about: dict[str, Any]) -> dict[str, Any]:
        if self._version.is_one:
            return about
        return {key: about[key] for key in ("key", "creationDate", "updateDate")}

    def _list(self, request: Request) -> Response:
        rows = self._database.run(
            "select value from kv_metadata where namespace = %s order by name",
            (request.values["namespace"],),
        )
        return Response.json([self._shown(document(row[0])) for row in rows])

    def _get(self, request: Request) -> Response:
        namespace, key = request.values["namespace"], request.values["key"]
        value = self.read(namespace, key)
        answer = {"type": _kind(value), "value": value}
        if self._version.is_one:
            about = self._about(namespace, key) or {}
            answer |= {"revision": about.get("version"), "updated": about.get("updateDate")}
        return Response.json(answer)

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
            if _time_kind(value):
                value = Timestamp(value)
            elif not _DURATION.fullmatch(value):
                # 1.x takes the first word and says nothing.
                word = re.match(r"[A-Za-z_$][\w$]*", value) if self._version.is_one else None
                if word is None:
                    raise ApiError(422, "Invalid JSON: unreadable value") from problem
                value = word.group()
        more: dict[str, str] = {}
        if description := request.headers.get("description"):
            more["description"] = description
        if ttl := request.headers.get("ttl"):
            more["expirationDate"] = _time(datetime.now(UTC) + timedelta(seconds=seconds(ttl)))
        self.write(request.values["namespace"], request.values["key"], value, **more)
        return Response(200)

    def _delete(self, request: Request) -> Response:
        return Response.json(self._forget(request.values["namespace"], request.values["key"]))

    def _delete_several(self, request: Request) -> Response:
        keys = json.loads(request.text())["keys"]
        gone = [key for key in keys if self._forget(request.values["namespace"], key)]
        return Response.json({"keys": gone})

    def _forget(self, namespace: str, key: str) -> bool:
        self._database.run("delete from kv_metadata where key = %s", (_row(namespace, key),))
        path = self._storage.path(namespace, "_kv", f"{key}.ion")
        return self._storage.delete(path)

    def _about(self, namespace: str, key: str) -> dict[str, Any] | None:
        rows = self._database.run(
            "select value from kv_metadata where key = %s", (_row(namespace, key),)
        )
        return document(rows[0][0]) if rows else None


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _row(namespace: str, key: str) -> str:
    return f"{namespace}/{key}"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int | float):
        return "NUMBER"
    if isinstance(value, dict | list):
        return "JSON"
    if isinstance(value, Timestamp):
        return _time_kind(value)
    return "DURATION" if _DURATION.fullmatch(str(value)) else "STRING"


def _time_kind(text: str) -> str:
    """Of a date or a time; empty for anything else."""
    return next((kind for kind, pattern in _TIMES.items() if pattern.fullmatch(text)), "")
