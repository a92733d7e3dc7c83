"""Flows: create, update, validate, search, delete."""

import json
from typing import Any

import yaml

from .errors import ApiError, invalid, not_found, violation
from .flow_sets import FlowSets, parsed, plain, yaml_of
from .flow_source import InvalidFlowError, deprecated, parse, split
from .flow_store import FlowStore
from .messages import Request, Response
from .multipart import parts
from .paging import page
from .router import Route
from .versions import Version


class Flows:
    """Routes below `/flows`."""

    def __init__(self, version: Version, store: FlowStore) -> None:
        self._version = version
        self._store = store
        self._sets = FlowSets(version, store)

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        flows = f"{prefix}/flows"
        return [
            ("GET", f"{flows}/search", self._search),
            ("POST", f"{flows}/validate", self._validate),
            ("POST", flows, self._create),
            *self._sets.routes(flows),
            ("GET", f"{flows}/{{namespace}}", self._of_namespace),
            ("GET", f"{flows}/{{namespace}}/{{id}}", self._get),
            ("PUT", f"{flows}/{{namespace}}/{{id}}", self._update),
            ("DELETE", f"{flows}/{{namespace}}/{{id}}", self._delete),
            ("GET", f"{flows}/{{namespace}}/{{id}}/revisions", self._revisions),
        ]

    def _create(self, request: Request) -> Response:
        as_json = self._version.is_one and request.content_type == "application/json"
        if as_json:
            source = yaml.safe_dump(json.loads(request.text()), sort_keys=False)
        elif self._version.is_one and request.content_type == "text/plain":
            raise ApiError(
                422,
                "Internal server error: Cannot convert type [class java.lang.String] to target"
                " type: class io.kestra.core.models.flows.Flow. Considering defining a"
                " TypeConverter bean to handle this case.",
            )
        else:
            source = yaml_of(request)
        flow = parsed(source, self._version)
        if self._store.find(flow["namespace"], flow["id"]) is not None:
            errors = [violation("Flow id already exists", "flow.id")]
            if self._version.is_two:  # unrecorded
                raise ApiError(409, "Conflict: Flow id already exists", errors)
            raise invalid("flow.id: Flow id already exists", errors)
        saved = self._sets.shown(self._store.save(flow, source))
        return Response.json(plain(saved) if as_json else saved)

    def _update(self, request: Request) -> Response:
        namespace, name = request.values["namespace"], request.values["id"]
        source = yaml_of(request)
        if self._store.find(namespace, name) is None:
            raise not_found()
        flow = parsed(source, self._version, lenient=self._version.is_one)
        for field, wanted in (("namespace", namespace), ("id", name)):
            if flow[field] != wanted:
                message = f"Illegal flow {field} update"
                raise invalid(f"flow.{field}: {message}", [violation(message, f"flow.{field}")])
        return Response.json(self._sets.shown(self._store.save(flow, source)))

    def _validate(self, request: Request) -> Response:
        if self._version.is_one and request.content_type == "multipart/form-data":
            files = [part for part in parts(request) if part.name == "flows"]
            return Response.json(
                [
                    self._report(i, file.content.decode().strip()) | {"filename": file.filename}
                    for i, file in enumerate(files)
                ]
            )
        sources = split(yaml_of(request)) or ([""] if self._version.is_one else [])
        return Response.json([self._report(i, s) for i, s in enumerate(sources)])

    def _report(self, index: int, source: str) -> dict[str, Any]:
        found = {"outdated": False, "deprecationPaths": [], "warnings": []}
        try:
            flow = parse(source, self._version)
        except InvalidFlowError as problem:
            if not self._version.is_one:
                return {"index": index, "constraints": problem.message, "outdated": False}
            report = {"index": index, "constraints": f"Validation error: {problem.message}"}
            if problem.flow is None:
                return report | {"outdated": False}
            names = {"flow": problem.flow.get("id"), "namespace": problem.flow.get("namespace")}
            known = {key: value for key, value in names.items() if value is not None}
            return report | known | found | {"infos": []}
        names = {"index": index, "flow": flow["id"], "namespace": flow["namespace"]}
        return names | found | {"infos": deprecated(flow)}

    def _get(self, request: Request) -> Response:
        namespace, name = request.values["namespace"], request.values["id"]
        flow = self._store.find(namespace, name)
        if request.first("revision"):
            wanted = request.first("revision")
            known = self._store.revisions(namespace, name)
            flow = next((flow for flow in known if str(flow["revision"]) == wanted), None)
        if flow is None:
            raise not_found()
        flow = self._sets.shown(flow)
        return Response.json(flow if request.flag("source", False) else plain(flow))

    def _of_namespace(self, request: Request) -> Response:
        found = self._store.all(request.values["namespace"])
        return Response.json([plain(self._sets.shown(flow)) for flow in found])

    def _search(self, request: Request) -> Response:
        found = [plain(self._sets.shown(flow)) for flow in self._store.all()]
        return page(request, found, "searchFlows" if self._version.is_one else "")

    def _revisions(self, request: Request) -> Response:
        found = self._store.revisions(request.values["namespace"], request.values["id"])
        if not found:
            raise not_found()
        return Response.json([self._sets.shown(flow) for flow in found])

    def _delete(self, request: Request) -> Response:
        flow = self._store.find(request.values["namespace"], request.values["id"])
        if flow is None:
            raise not_found()
        self._store.bury(flow)
        return Response(204)
