"""Several flows at once: a namespace synchronised, switched off, exported."""

import io
import json
import re
import zipfile
from typing import Any

from .errors import ApiError, invalid, not_found, violation
from .flow_source import InvalidFlowError, parse, split
from .flow_store import FlowStore
from .messages import Request, Response
from .paging import under
from .router import Route
from .versions import Version

YAML = "application/x-yaml"


class FlowSets:
    """The routes below `/flows` that are about more than one flow."""

    def __init__(self, version: Version, store: FlowStore) -> None:
        self._version = version
        self._store = store

    def routes(self, flows: str) -> list[Route]:
        """Return the routes below `flows`, which end in what a namespace may be called too."""
        known: list[Route] = [("POST", f"{flows}/{{namespace}}", self._synchronise)]
        if not self._version.is_one:
            return known
        return [
            ("GET", f"{flows}/source", self._search_source),
            ("GET", f"{flows}/distinct-namespaces", self._namespaces),
            ("GET", f"{flows}/export/by-query", self._export_query),
            ("POST", f"{flows}/export/by-ids", self._export_ids),
            ("POST", f"{flows}/bulk", self._bulk),
            ("DELETE", f"{flows}/delete/by-ids", self._delete_ids),
            ("DELETE", f"{flows}/delete/by-query", self._delete_query),
            ("POST", f"{flows}/{{change}}/by-ids", self._switch_ids),
            ("POST", f"{flows}/{{change}}/by-query", self._switch_query),
            ("GET", f"{flows}/{{namespace}}/{{id}}/dependencies", self._dependencies),
            *known,
        ]

    def shown(self, flow: dict[str, Any]) -> dict[str, Any]:
        """Return a flow as the API shows it: 1.x says more of one that it has read back."""
        if not self._version.is_one:
            return {key: value for key, value in flow.items() if key != "updated"}
        return flow | {"triggers": flow.get("triggers", [])} if "updated" in flow else flow

    def _synchronise(self, request: Request) -> Response:
        namespace = request.values["namespace"]
        sources = split(yaml_of(request))
        if not self._version.is_one:
            flows = [parsed(source, self._version) for source in sources]
            for flow in flows:
                self._refuse_stranger(flow, namespace)
            return self._replace(request, namespace, flows, sources)
        # Not atomic: what comes before an invalid document has been stored.
        flows = []
        for source in sources:
            flow = parsed(source, self._version)
            self._refuse_stranger(flow, namespace)
            flows.append(self._store.save(flow, source))
        return self._replace(request, namespace, flows, None)

    def _replace(
        self,
        request: Request,
        namespace: str,
        flows: list[dict[str, Any]],
        sources: list[str] | None,
    ) -> Response:
        gone = []
        # The server's own default deletes what the body does not name.
        if request.flag("delete", True):
            kept = {flow["id"] for flow in flows}
            gone = [flow for flow in self._store.all(namespace) if flow["id"] not in kept]
        for flow in gone:
            self._store.bury(flow)
        if sources is not None:
            flows = [self._store.save(f, text) for f, text in zip(flows, sources, strict=True)]
        return Response.json([self.shown(flow) for flow in gone + flows])

    def _refuse_stranger(self, flow: dict[str, Any], namespace: str) -> None:
        if flow["namespace"] == namespace:
            return
        message = f"Invalid namespace, expected '{namespace}'"
        if self._version.is_one:
            message = f"main_{flow['namespace']}_{flow['id']}_-1 - flow namespace is invalid"
        raise invalid(f"flow.namespace: {message}", [violation(message, "flow.namespace")])

    def _bulk(self, request: Request) -> Response:
        saved = []
        body = yaml_of(request)
        sources = split(body)
        for source in [body] if len(sources) == 1 else sources:
            saved.append(self._store.save(parsed(source, self._version), source))
        return Response.json([self.shown(flow) for flow in saved])

    def _search_source(self, request: Request) -> Response:
        asked = request.first("q")
        words = set(re.findall(r"\w+", asked))
        found = []
        for flow in self._store.all():
            source = flow["source"]
            if words <= set(re.findall(r"\w+", source)) and _asked(flow, request):
                marked = source.replace(asked, f"[mark]{asked}[/mark]")
                found.append({"model": plain(self.shown(flow)), "fragments": [marked[:100]]})
        return Response.json({"results": found, "total": len(found)})

    def _namespaces(self, _: Request) -> Response:
        return Response.json(sorted({flow["namespace"] for flow in self._store.all()}))

    def _dependencies(self, _: Request) -> Response:
        return Response.json({"nodes": [], "edges": []})

    def _export_query(self, request: Request) -> Response:
        return _zip(
            {f"{f['namespace']}-{f['id']}.yml": f["source"] for f in self._queried(request)}
        )

    def _export_ids(self, request: Request) -> Response:
        return _zip(
            {f"{f['namespace']}.{f['id']}.yaml": f["source"] for f in self._listed(request)}
        )

    def _delete_ids(self, request: Request) -> Response:
        return self._buried(self._listed(request))

    def _delete_query(self, request: Request) -> Response:
        return self._buried(self._queried(request))

    def _switch_ids(self, request: Request) -> Response:
        return self._switched(request, self._listed(request))

    def _switch_query(self, request: Request) -> Response:
        return self._switched(request, self._queried(request))

    def _buried(self, flows: list[dict[str, Any]]) -> Response:
        for flow in flows:
            self._store.bury(flow)
        return Response.json({"count": len(flows)})

    def _switched(self, request: Request, flows: list[dict[str, Any]]) -> Response:
        """Write it into the source, which gives the flow another revision."""
        states = {"disable": True, "enable": False}
        if request.values["change"] not in states:
            raise not_found()
        off = states[request.values["change"]]
        for flow in flows:
            line, source = f"disabled: {str(off).lower()}", flow["source"]
            if re.search(r"(?m)^disabled:.*$", source):
                source = re.sub(r"(?m)^disabled:.*$", line, source)
                source = source if source.endswith("\n") else f"{source}\n"
            else:
                source = f"{source}\n{line}"
            self._store.save(parse(source, self._version, lenient=True), source)
        return Response.json({"count": len(flows)})

    def _queried(self, request: Request) -> list[dict[str, Any]]:
        return [flow for flow in self._store.all() if _asked(flow, request)]

    def _listed(self, request: Request) -> list[dict[str, Any]]:
        try:
            wanted = [(entry["namespace"], entry["id"]) for entry in json.loads(request.text())]
        except (ValueError, TypeError, KeyError) as problem:
            raise ApiError(422, "Invalid JSON: unreadable body") from problem
        found = [self._store.find(*names) for names in wanted]
        return [flow for flow in found if flow is not None]


def plain(flow: dict[str, Any]) -> dict[str, Any]:
    """Return a flow without its source."""
    return {key: value for key, value in flow.items() if key != "source"}


def parsed(source: str, version: Version, *, lenient: bool = False) -> dict[str, Any]:
    """Return the flow of a source, or answer 422 with what is wrong with it."""
    try:
        return parse(source, version, lenient=lenient)
    except InvalidFlowError as problem:
        raise invalid(problem.message, problem.errors) from problem


def yaml_of(request: Request) -> str:
    """Return the body, which has to be announced as YAML."""
    if request.content_type != YAML:
        raise ApiError(
            415,
            f"Unsupported Media Type: Content Type [{request.content_type}] not allowed."
            f" Allowed types: [{YAML}]",
        )
    return request.text()


def _asked(flow: dict[str, Any], request: Request) -> bool:
    return under(flow["namespace"], request.first("namespace"))


def _zip(files: dict[str, str]) -> Response:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Response(200, buffer.getvalue(), "application/octet-stream")
