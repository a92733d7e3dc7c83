"""The API of executions: start, look, follow, kill, pause; webhooks."""

import json
import time
from collections.abc import Iterator
from typing import Any

from . import shapes, states
from .errors import ApiError, not_found
from .executions import Executions
from .flow_store import FlowStore
from .inputs import read_inputs
from .messages import Request, Response
from .paging import fits, page
from .router import Route
from .storage import Storage
from .versions import Version


class ExecutionApi:
    """Routes below `/executions`."""

    def __init__(
        self,
        version: Version,
        url: str | None,
        flows: FlowStore,
        executions: Executions,
        storage: Storage,
    ) -> None:
        self._version = version
        self._url = (url or "").rstrip("/") if version.is_one else ""
        self._flows = flows
        self._executions = executions
        self._storage = storage

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        base = f"{prefix}/executions"
        hook = f"{base}/webhook/{{namespace}}/{{flow}}/{{key}}"
        one = f"{base}/{{id}}"
        # Unrecorded: 2.0 has its own spelling of what can be done to an execution.
        kill = (
            ("POST", f"{one}/actions/kill") if self._version.is_two else ("DELETE", f"{one}/kill")
        )
        return [
            ("GET", f"{base}/search", self._search),
            ("GET", base, self._search),
            *((method, hook, self._webhook) for method in ("GET", "POST", "PUT")),
            ("DELETE", f"{base}/kill/by-query", self._kill_query),
            (*kill, self._kill),
            ("POST", f"{one}/replay", self._replay),
            ("POST", f"{one}/pause", self._pause),
            ("POST", f"{one}/resume", self._resume),
            ("GET", f"{one}/follow", self._follow),
            ("GET", one, self._get),
            ("DELETE", one, self._delete),
            ("POST", f"{base}/{{namespace}}/{{flow}}", self._execute),
        ]

    def _execute(self, request: Request) -> Response:
        flow = self._flow(request)
        if flow is None:
            raise not_found("Requested Flow is not found.")
        if flow.get("disabled"):
            one = self._version.is_one
            reason = "Requested Flow is disabled." if one else "Cannot execute a disabled flow"
            raise ApiError(409, f"Illegal state: {reason}")
        given = read_inputs(request, flow, self._storage, self._version)
        labels = [label.partition(":") for label in request.query.get("labels", [])]
        more = {"inputs": given, "labels": [{"key": k, "value": v} for k, _, v in labels]}
        execution = self._executions.create(flow, self._labelled(more, "api"))
        if request.flag("wait", False):
            return Response.json(self._shown(self._wait(execution["id"])) | self._link(execution))
        return Response.json(self._shown(execution) | self._link(execution))

    def _webhook(self, request: Request) -> Response:
        flow = self._flow(request)
        triggers = [
            trigger
            for trigger in (flow or {}).get("triggers") or []
            if trigger["type"].endswith(".trigger.Webhook")
            and str(trigger["key"]) == request.values["key"]
        ]
        one = self._version.is_one
        if flow is None or not triggers or (flow.get("disabled") and not one):
            raise not_found("Webhook not found" if flow else "Flow not found")
        if flow.get("disabled"):
            raise ApiError(409, "Illegal state: Cannot execute a disabled flow")
        headers: dict[str, list[str]] = {}
        for name, value in request.headers.items():
            headers.setdefault(name, []).append(value)
        try:
            body = json.loads(request.text()) if request.body else None
        except ValueError:
            body = request.text()
        variables = {"body": body, "headers": headers, "parameters": request.query}
        if one and not request.body:
            del variables["body"]
        trigger = {"id": triggers[0]["id"], "type": triggers[0]["type"], "variables": variables}
        execution = self._executions.create(flow, self._labelled({"trigger": trigger}, "trigger"))
        if not one:
            return Response.json(execution)
        return Response.json(shapes.webhook(execution) | self._link(execution))

    def _labelled(self, more: dict[str, Any], source: str) -> dict[str, Any]:
        if not self._version.is_one:
            return more
        own = {"key": "system.from", "value": source}
        return more | {"labels": [*more.get("labels", []), own]}

    def _link(self, execution: dict[str, Any]) -> dict[str, str]:
        tenant = "main/" if self._version.has_tenant else ""
        names = "/".join(execution[key] for key in ("namespace", "flowId", "id"))
        return {"url": f"{self._url}/ui/{tenant}executions/{names}"}

    def _flow(self, request: Request) -> dict[str, Any] | None:
        return self._flows.find(request.values["namespace"], request.values["flow"])

    def _get(self, request: Request) -> Response:
        return Response.json(self._shown(self._found(request)))

    def _search(self, request: Request) -> Response:
        return page(request, [self._shown(found) for found in self._executions.all()])

    def _replay(self, request: Request) -> Response:
        """Begin anew, or at a task run: what ended before it need not run again."""
        old = self._found(request)
        flow = self._flows.find(old["namespace"], old["flowId"])
        if flow is None:
            raise not_found("Requested Flow is not found.")
        runs = old.get("taskRunList") or []
        at = next((i for i, r in enumerate(runs) if r["id"] == request.first("taskRunId")), 0)
        more: dict[str, Any] = {key: old[key] for key in ("inputs", "labels") if key in old}
        more |= {"taskRunList": runs[:at], "parentId": old["id"]}
        execution = self._executions.create(flow, more)
        return Response.json(self._shown(execution) | {"originalId": old["originalId"]})

    def _kill(self, request: Request) -> Response:
        execution = self._found(request)
        ended = execution["state"]["current"] in states.TERMINATED
        if ended and not self._version.is_one:
            raise ApiError(409, "Illegal state: Execution is already terminated")
        if not ended:
            self._end(execution)
        return Response(202)

    def _kill_query(self, request: Request) -> Response:
        """Kill what fits, or nothing when one of them has ended already."""
        found = [each for each in self._executions.all() if fits(request, each)]
        ended = [each for each in found if each["state"]["current"] in states.TERMINATED]
        if ended:
            invalids = [
                {
                    "message": "execution already finished",
                    "rootBean": each["id"],
                    "rootBeanClass": "java.lang.String",
                    "leafBean": each["id"],
                    "propertyPath": [
                        {"name": "execution", "kind": "PROPERTY", "inIterable": False}
                    ],
                    "invalidValue": each["id"],
                    "messageTemplate": "{messageTemplate}",
                    "executableParameters": [],
                }
                for each in ended
            ]
            return Response.json({"message": "invalid bulk kill", "invalids": invalids}, 400)
        for each in found:
            self._end(each)
        return Response.json({"count": len(found)})

    def _end(self, execution: dict[str, Any]) -> None:
        for state in ("KILLING", "KILLED") if self._version.is_one else ("KILLED",):
            execution["state"] = states.moved(execution["state"], state)
        self._executions.save(execution)

    def _pause(self, request: Request) -> Response:
        execution = self._found(request)
        if self._version.is_one and execution["state"]["current"] != "RUNNING":
            raise ApiError(422, "Illegal argument: The execution is not running")
        self._move(execution, "RUNNING", "PAUSED")
        return Response(200 if self._version.is_one else 204)

    def _resume(self, request: Request) -> Response:
        self._move(self._found(request), "PAUSED", "RUNNING")
        return Response(204)

    def _move(self, execution: dict[str, Any], source: str, target: str) -> None:
        if execution["state"]["current"] != source:
            reason = f"Execution is not in state {source}"
            if self._version.is_one:
                reason = f"Execution '{execution['id']}' is not paused, can't resume it"
            raise ApiError(409, f"Illegal state: {reason}")
        execution["state"] = states.moved(execution["state"], target)
        self._executions.save(execution)

    def _delete(self, request: Request) -> Response:
        self._executions.delete(self._found(request)["id"])
        return Response(204)

    def _follow(self, request: Request) -> Response:
        key = self._found(request)["id"]
        return Response(200, content_type="text/event-stream", stream=self._events(key))

    def _events(self, key: str) -> Iterator[bytes]:
        seen = ""
        while execution := self._executions.find(key):
            text = json.dumps(self._shown(execution), separators=(",", ":"))
            ended = execution["state"]["current"] in states.TERMINATED
            if text != seen:
                name = "end" if ended else "progress" if seen else "start"
                yield f"id: {name}\ndata: {text}\n\n".encode()
                seen = text
            if ended:
                return
            time.sleep(0.1)

    def _wait(self, key: str) -> dict[str, Any]:
        while True:
            execution = self._executions.find(key)
            if execution is None:
                raise not_found()
            if execution["state"]["current"] in states.TERMINATED:
                return execution
            time.sleep(0.05)

    def _found(self, request: Request) -> dict[str, Any]:
        execution = self._executions.find(request.values["id"])
        if execution is None:
            raise not_found()
        return execution

    def _shown(self, execution: dict[str, Any]) -> dict[str, Any]:
        if self._version.is_one:
            execution = shapes.execution(execution)
        if not self._version.is_two or "taskRunList" not in execution:
            return execution
        # Unrecorded: 2.0 leaves the outputs of tasks out of its answers.
        runs = [{k: v for k, v in r.items() if k != "outputs"} for r in execution["taskRunList"]]
        return execution | {"taskRunList": runs}
