"""Namespace files: kept in the storage, their index in the database."""

import io
import json
import zipfile
from pathlib import Path
from urllib.parse import unquote

from .database import Database, document
from .errors import ApiError, not_found
from .flow_store import FlowStore
from .messages import Request, Response
from .multipart import parts
from .router import Route
from .storage import Storage
from .versions import Version


class Files:
    """The files of namespaces and their part of the API."""

    def __init__(
        self, version: Version, database: Database, storage: Storage, flows: FlowStore
    ) -> None:
        self._version = version
        self._database = database
        self._storage = storage
        self._flows = flows

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        files = f"{prefix}/namespaces/{{namespace}}/files"
        return [
            ("GET", f"{files}/stats", self._stats),
            ("GET", f"{files}/directory", self._directory),
            ("POST", f"{files}/directory", self._make_directory),
            ("GET", f"{files}/search", self._search),
            ("GET", f"{files}/revisions", self._revisions),
            ("GET", f"{files}/export", self._export),
            ("GET", files, self._get),
            ("POST", files, self._put),
            ("PUT", files, self._move),
            ("DELETE", files, self._delete),
        ]

    def _get(self, request: Request) -> Response:
        content = self._read(request)
        return Response(200, content, "application/octet-stream")

    def _read(self, request: Request) -> bytes:
        path = self._path(request)
        if not self._version.is_one:
            return self._storage.read(path)
        revision = int(request.first("revision") or self._revision(request))
        try:
            return self._storage.read(_revised(path, revision))
        except ApiError as problem:
            name, namespace = request.first("path"), request.values["namespace"]
            message = f"File '{name}' was not found in namespace '{namespace}'."
            raise not_found(message) from problem

    def _put(self, request: Request) -> Response:
        found = [part for part in parts(request) if part.name == "fileContent"]
        if not found:
            raise ApiError(400, "Bad Request: Required argument [fileContent] not specified")
        if self._version.is_one and (found[0].filename or "").lower().endswith(".zip"):
            self._unpack(request, found[0].content)
        else:
            self._store(request, self._path(request), request.first("path"), found[0].content)
        return Response(200)

    def _unpack(self, request: Request, content: bytes) -> None:
        """Store what an archive holds, whose names 1.x reads as addresses."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.namelist():
                name = f"/{unquote(entry)}"
                path = self._storage.path(request.values["namespace"], "_files", name)
                self._store(request, path, name, archive.read(entry))

    def _store(self, request: Request, path: Path, name: str, content: bytes) -> None:
        """Write a file: the same bytes are another revision too, in a file of its own."""
        revision = self._revision(request, name) + 1
        place = _revised(path, revision) if self._version.is_one else path
        self._storage.write(place, content)
        namespace, name = request.values["namespace"], f"/{self._name(name).lstrip('/')}"
        self._forget(request, name)
        value = {"path": name, "size": len(content), "revision": revision}
        self._database.run(
            "insert into namespace_file_metadata values (%s, %s, %s, %s)",
            (f"{namespace}:{name}", namespace, name, json.dumps(value)),
        )

    def _revisions(self, request: Request) -> Response:
        newest = self._revision(request)
        if not newest:
            raise not_found()
        return Response.json([{"revision": number} for number in range(1, newest + 1)])

    def _stats(self, request: Request) -> Response:
        return Response.json(self._described(self._path(request, "/")))

    def _described(self, path: Path) -> dict[str, object]:
        about = self._storage.describe(path)
        if not self._version.is_one:
            return about
        size = 0 if path.is_dir() else about["size"]
        return about | {"size": size, "metadata": {}}

    def _directory(self, request: Request) -> Response:
        path = self._path(request, "/")
        if not path.is_dir():
            # An empty namespace has no directory yet, which is no error at its root.
            if request.first("path", "/") == "/":
                return Response.json([])
            if self._version.is_one:
                raise not_found(f"Directory not found: {request.first('path')}")
            raise not_found(f"{path} (No such file or directory)")
        known = sorted(child for child in path.iterdir() if not _is_revision(child))
        return Response.json([self._described(child) for child in known])

    def _make_directory(self, request: Request) -> Response:
        path = self._path(request)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise not_found(f"{path} (No such file or directory)") from problem
        return Response(200)

    def _search(self, request: Request) -> Response:
        wanted = request.first("q")
        if not wanted and self._version.is_one:
            return Response.json([])
        return Response.json([name for name in self._names(request) if wanted in name])

    def _names(self, request: Request) -> list[str]:
        rows = self._database.run(
            "select path from namespace_file_metadata where namespace = %s order by path",
            (request.values["namespace"],),
        )
        return [row[0] for row in rows]

    def _export(self, request: Request) -> Response:
        namespace = request.values["namespace"]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in self._names(request):
                path = self._storage.path(namespace, "_files", name)
                content = self._storage.read(_revised(path, self._revision(request, name)))
                archive.writestr(name.lstrip("/"), content)
            for flow in self._flows.all(namespace):
                archive.writestr(f"_flows/{flow['id']}.yml", flow["source"])
        return Response(200, buffer.getvalue(), "application/octet-stream")

    def _move(self, request: Request) -> Response:
        source = self._path(request, name="from")
        place = _revised(source, max(1, self._revision(request, request.first("from"))))
        content = self._storage.read(place)
        target = self._path(request, name="to")
        self._forget(request, request.first("from"))
        self._store(request, target, request.first("to"), content)
        self._storage.delete(place)
        return Response(200)

    def _delete(self, request: Request) -> Response:
        self._storage.remove(self._path(request))
        self._forget(request, request.first("path"))
        return Response(200)

    def _path(self, request: Request, default: str | None = None, name: str = "path") -> Path:
        given = request.first(name, default or "")
        if not given:
            raise ApiError(400, f"Bad Request: Required QueryValue [{name}] not specified")
        return self._storage.path(request.values["namespace"], "_files", self._name(given))

    def _name(self, given: str) -> str:
        """Return the name of a file as 1.x keeps it: a blank is a plus."""
        return given.replace(" ", "+") if self._version.is_one else given

    def _revision(self, request: Request, name: str | None = None) -> int:
        """Return the newest revision of a file, 0 when there is none."""
        path = f"/{self._name(request.first('path') if name is None else name).lstrip('/')}"
        rows = self._database.run(
            "select value from namespace_file_metadata where namespace = %s and path = %s",
            (request.values["namespace"], path),
        )
        return int(document(rows[0][0])["revision"]) if rows else 0

    def _forget(self, request: Request, path: str) -> None:
        path = f"/{self._name(path).strip('/')}"
        self._database.run(
            "delete from namespace_file_metadata"
            " where namespace = %s and (path = %s or path like %s)",
            (request.values["namespace"], path, f"{path.rstrip('/')}/%"),
        )


def _revised(path: Path, revision: int) -> Path:
    return path if revision <= 1 else path.with_name(f"{path.name}.v{revision}")


def _is_revision(path: Path) -> bool:
    end = path.suffix.removeprefix(".v")
    return path.suffix.startswith(".v") and end.isdigit() and path.with_suffix("").exists()
