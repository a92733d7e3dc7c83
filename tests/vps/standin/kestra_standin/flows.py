"""Flows: create, update, validate, synchronise a namespace, search, delete."""

from typing import Any

from .errors import ApiError, invalid, not_found, violation
from .flow_source import InvalidFlowError, parse, split
from .flow_store import FlowStore
from .messages import Request, Response
from .paging import page
from .router import Route
from .versions import Version

YAML = "application/x-yaml"


class Flows:
    """Routes below `/flows`."""

    def __init__(self, version: Version, store: FlowStore) -> None:
        self._version = version
        self._store = store

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

    def _create(self, request: Request) -> Response:
        flow = _parsed(_yaml(request))
        if self._store.find(flow["namespace"], flow["id"]) is not None:
            errors = [violation("Flow id already exists", "flow.id")]
            if self._version.is_two:  # unrecorded
                raise ApiError(409, "Conflict: Flow id already exists", errors)
            raise invalid("flow.id: Flow id already exists", errors)
        return Response.json(self._store.save(flow, request.text()))

    def _update(self, request: Request) -> Response:
        namespace, name = request.values["namespace"], request.values["id"]
        source = _yaml(request)
        if self._store.find(namespace, name) is None:
            raise not_found()
        flow = _parsed(source)
        for field, wanted in (("namespace", namespace), ("id", name)):
            if flow[field] != wanted:
                message = f"Illegal flow {field} update"
                raise invalid(f"flow.{field}: {message}", [violation(message, f"flow.{field}")])
        return Response.json(self._store.save(flow, source))

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
            gone = [flow for flow in self._store.all(namespace) if flow["id"] not in kept]
        for flow in gone:
            self._store.bury(flow)
        saved = [self._store.save(flow, text) for flow, text in zip(flows, sources, strict=True)]
        return Response.json(gone + saved)

    def _validate(self, request: Request) -> Response:
        return Response.json([_report(i, s) for i, s in enumerate(split(_yaml(request)))])

    def _get(self, request: Request) -> Response:
        flow = self._store.find(request.values["namespace"], request.values["id"])
        if flow is None:
            raise not_found()
        return Response.json(flow if request.flag("source", False) else _plain(flow))

    def _of_namespace(self, request: Request) -> Response:
        return Response.json(
            [_plain(flow) for flow in self._store.all(request.values["namespace"])]
        )

    def _search(self, request: Request) -> Response:
        return page(request, [_plain(flow) for flow in self._store.all()])

    def _revisions(self, request: Request) -> Response:
        found = self._store.revisions(request.values["namespace"], request.values["id"])
        if not found:
            raise not_found()
        return Response.json(found)

    def _delete(self, request: Request) -> Response:
        flow = self._store.find(request.values["namespace"], request.values["id"])
        if flow is None:
            raise not_found()
        self._store.bury(flow)
        return Response(204)


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
