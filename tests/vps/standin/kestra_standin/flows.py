"""Flows: create, update, validate, synchronise a namespace, search, delete."""

import json
from typing import Any

from .database import Database, document
from .errors import ApiError, invalid, not_found, violation
from .flow_source import InvalidFlowError, parse, split
from .messages import Request, Response
from .paging import page
from .router import Route
from .versions import Version

YAML = "application/x-yaml"


class Flows:
    """The flows of the database and their part of the API."""

    def __init__(self, version: Version, database: Database) -> None:
        self._version = version
        self._database = database

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        flows = f"{prefix}/flows"
        return [
            ("GET", f"{flows}/search", self._search),
            ("POST", f"{flows}/validate", self._validate),
            ("POST", flows, self._create),
            ("GET", f"{flows}/{{namespace}}", self._of_namespace),
            ("POST", f"{flows}/{{namespace}}", self._synchronise),
            ("GET", f"{flows}/{{namespace}}/{{id}}", self._get),
            ("PUT", f"{flows}/{{namespace}}/{{id}}", self._update),
            ("DELETE", f"{flows}/{{namespace}}/{{id}}", self._delete),
            ("GET", f"{flows}/{{namespace}}/{{id}}/revisions", self._revisions),
        ]

    def find(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Return the newest revision with its source, or None when there is none."""
        newest = self._newest(namespace, name)
        return None if newest is None or newest["deleted"] else newest

    def all(self, namespace: str | None = None) -> list[dict[str, Any]]:
        """Return every living flow, of one namespace when given."""
        rows = self._database.run(
            "select value from flows f where not deleted and (namespace = %s or %s) and revision ="
            " (select max(revision) from flows g where g.namespace = f.namespace and g.id = f.id)"
            " order by namespace, id",
            (namespace, namespace is None),
        )
        return [document(row[0]) for row in rows]

    def _create(self, request: Request) -> Response:
        flow = _parsed(_yaml(request))
        if self.find(flow["namespace"], flow["id"]) is not None:
            errors = [violation("Flow id already exists", "flow.id")]
            if self._version.is_two:  # unrecorded
                raise ApiError(409, "Conflict: Flow id already exists", errors)
            raise invalid("flow.id: Flow id already exists", errors)
        return Response.json(self._save(flow, request.text()))

    def _update(self, request: Request) -> Response:
        namespace, name = request.values["namespace"], request.values["id"]
        source = _yaml(request)
        if self.find(namespace, name) is None:
            raise not_found()
        flow = _parsed(source)
        for field, wanted in (("namespace", namespace), ("id", name)):
            if flow[field] != wanted:
                message = f"Illegal flow {field} update"
                raise invalid(f"flow.{field}: {message}", [violation(message, f"flow.{field}")])
        return Response.json(self._save(flow, source))

    def _synchronise(self, request: Request) -> Response:
        namespace = request.values["namespace"]
        sources = split(_yaml(request))
        flows = [_parsed(source) for source in sources]
        if any(flow["namespace"] != namespace for flow in flows):
            message = f"Invalid namespace, expected '{namespace}'"
            raise invalid(f"flow.namespace: {message}", [violation(message, "flow.namespace")])
        gone = []
        # The server's own default deletes what the body does not name.
        if request.flag("delete", True):
            kept = {flow["id"] for flow in flows}
            gone = [flow for flow in self.all(namespace) if flow["id"] not in kept]
        for flow in gone:
            self._bury(flow)
        saved = [self._save(flow, text) for flow, text in zip(flows, sources, strict=True)]
        return Response.json(gone + saved)

    def _validate(self, request: Request) -> Response:
        return Response.json([_report(i, s) for i, s in enumerate(split(_yaml(request)))])

    def _get(self, request: Request) -> Response:
        flow = self.find(request.values["namespace"], request.values["id"])
        if flow is None:
            raise not_found()
        return Response.json(flow if request.flag("source", False) else _plain(flow))

    def _of_namespace(self, request: Request) -> Response:
        return Response.json([_plain(flow) for flow in self.all(request.values["namespace"])])

    def _search(self, request: Request) -> Response:
        return page(request, [_plain(flow) for flow in self.all()])

    def _revisions(self, request: Request) -> Response:
        rows = self._database.run(
            "select value from flows where namespace = %s and id = %s order by revision",
            (request.values["namespace"], request.values["id"]),
        )
        if not rows:
            raise not_found()
        return Response.json([document(row[0]) for row in rows])

    def _delete(self, request: Request) -> Response:
        flow = self.find(request.values["namespace"], request.values["id"])
        if flow is None:
            raise not_found()
        self._bury(flow)
        return Response(204)

    def _newest(self, namespace: str, name: str) -> dict[str, Any] | None:
        rows = self._database.run(
            "select value from flows where namespace = %s and id = %s"
            " order by revision desc limit 1",
            (namespace, name),
        )
        return document(rows[0][0]) if rows else None

    def _save(self, flow: dict[str, Any], source: str) -> dict[str, Any]:
        """Store a new revision unless the newest one has the same source."""
        newest = self._newest(flow["namespace"], flow["id"])
        if newest is not None and not newest["deleted"] and newest["source"] == source:
            return newest
        return self._insert(flow, source, (newest["revision"] if newest else 0) + 1)

    def _bury(self, flow: dict[str, Any]) -> None:
        self._insert(flow | {"deleted": True}, flow["source"], flow["revision"] + 1)

    def _insert(self, flow: dict[str, Any], source: str, revision: int) -> dict[str, Any]:
        stored = flow | {"revision": revision, "source": source}
        key = f"{flow['namespace']}_{flow['id']}_{revision}"
        self._database.run(
            "insert into flows values (%s, %s, %s, %s, %s, %s, %s)",
            (
                key,
                flow["namespace"],
                flow["id"],
                revision,
                stored["deleted"],
                json.dumps(stored),
                source,
            ),
        )
        return stored


def _yaml(request: Request) -> str:
    if request.content_type != YAML:
        raise ApiError(
            415,
            f"Unsupported Media Type: Content Type [{request.content_type}] not allowed."
            f" Allowed types: [{YAML}]",
        )
    return request.text()


def _parsed(source: str) -> dict[str, Any]:
    try:
        return parse(source)
    except InvalidFlowError as problem:
        raise invalid(problem.message, problem.errors) from problem


def _report(index: int, source: str) -> dict[str, Any]:
    try:
        flow = parse(source)
    except InvalidFlowError as problem:
        return {"index": index, "constraints": problem.message, "outdated": False}
    return {
        "flow": flow["id"],
        "namespace": flow["namespace"],
        "index": index,
        "outdated": False,
        "deprecationPaths": [],
        "warnings": [],
        "infos": [],
    }


def _plain(flow: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flow.items() if key != "source"}
