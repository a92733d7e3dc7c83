"""Namespace files: kept in the storage, their index in the database."""

import json
import shutil
from pathlib import Path

from .database import Database
from .errors import ApiError, not_found
from .messages import Request, Response
from .multipart import parts
from .router import Route
from .storage import Storage


class Files:
    """The files of namespaces and their part of the API."""

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self._storage = storage

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        files = f"{prefix}/namespaces/{{namespace}}/files"
        return [
            ("GET", f"{files}/stats", self._stats),
            ("GET", f"{files}/directory", self._directory),
            ("POST", f"{files}/directory", self._make_directory),
            ("GET", f"{files}/search", self._search),
            ("GET", files, self._get),
            ("POST", files, self._put),
            ("PUT", files, self._move),
            ("DELETE", files, self._delete),
        ]

    def _get(self, request: Request) -> Response:
        content = self._storage.read(self._path(request))
        return Response(200, content, "application/octet-stream")

    def _put(self, request: Request) -> Response:
        found = [part for part in parts(request) if part.name == "fileContent"]
        if not found:
            raise ApiError(400, "Bad Request: Required argument [fileContent] not specified")
        path = self._path(request)
        self._storage.write(path, found[0].content)
        self._index(request, request.first("path"), len(found[0].content))
        return Response(200)

    def _stats(self, request: Request) -> Response:
        return Response.json(self._storage.describe(self._path(request, "/")))

    def _directory(self, request: Request) -> Response:
        path = self._path(request, "/")
        if not path.is_dir():
            # An empty namespace has no directory yet, which is no error at its root.
            if request.first("path", "/") == "/":
                return Response.json([])
            raise not_found(f"{path} (No such file or directory)")
        return Response.json([self._storage.describe(child) for child in sorted(path.iterdir())])

    def _make_directory(self, request: Request) -> Response:
        path = self._path(request)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise not_found(f"{path} (No such file or directory)") from problem
        return Response(200)

    def _search(self, request: Request) -> Response:
        rows = self._database.run(
            "select path from files where namespace = %s order by path",
            (request.values["namespace"],),
        )
        wanted = request.first("q")
        return Response.json([row[0] for row in rows if wanted in row[0]])

    def _move(self, request: Request) -> Response:
        source = self._path(request, name="from")
        content = self._storage.read(source)
        self._storage.write(self._path(request, name="to"), content)
        self._storage.delete(source)
        self._forget(request, request.first("from"))
        self._index(request, request.first("to"), len(content))
        return Response(200)

    def _delete(self, request: Request) -> Response:
        path = self._path(request)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            self._storage.delete(path)
        self._forget(request, request.first("path"))
        return Response(200)

    def _path(self, request: Request, default: str | None = None, name: str = "path") -> Path:
        given = request.first(name, default or "")
        if not given:
            raise ApiError(400, f"Bad Request: Required QueryValue [{name}] not specified")
        return self._storage.path(request.values["namespace"], "_files", given)

    def _index(self, request: Request, path: str, size: int) -> None:
        namespace, path = request.values["namespace"], f"/{path.lstrip('/')}"
        self._forget(request, path)
        self._database.run(
            "insert into files values (%s, %s, %s, %s)",
            (f"{namespace}:{path}", namespace, path, json.dumps({"path": path, "size": size})),
        )

    def _forget(self, request: Request, path: str) -> None:
        path = f"/{path.strip('/')}"
        self._database.run(
            "delete from files where namespace = %s and (path = %s or path like %s)",
            (request.values["namespace"], path, f"{path.rstrip('/')}/%"),
        )
