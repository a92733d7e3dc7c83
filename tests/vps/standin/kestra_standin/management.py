"""The management port: health, metrics and the endpoints nobody should publish."""

import base64
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import metrics, shapes
from .configuration import Configuration
from .database import Database
from .errors import ApiError
from .executor import Executor
from .messages import Request, Response
from .router import Handler, Route
from .site import about
from .versions import Version
from .watch import Watch


@dataclass(frozen=True)
class Seen:
    """What the management port looks at."""

    watch: Watch
    executor: Executor
    #: Method and template of every route of the other port.
    templates: list[tuple[str, str]]
    role: str


class Management:
    """Answers the endpoints of the management port."""

    def __init__(
        self,
        version: Version,
        configuration: Configuration,
        database: Database,
        seen: Seen,
        stop: Callable[[], None],
    ) -> None:
        self._version = version
        self._configuration = configuration
        self._database = database
        self._watch = seen.watch
        self._seen = seen
        self._stop = stop

    def routes(self) -> list[Route]:
        """Return the routes of the endpoints that the configuration leaves enabled."""
        known: list[tuple[str, str, str, Handler]] = [
            ("health", "GET", "/health", self._health),
            ("health", "GET", "/health/liveness", self._liveness),
            ("health", "GET", "/health/readiness", self._readiness),
            ("prometheus", "GET", "/prometheus", lambda _: metrics.prometheus()),
            ("metrics", "GET", "/metrics", lambda _: Response.json({"names": metrics.NAMES})),
            ("env", "GET", "/env", self._environment),
            ("loggers", "GET", "/loggers", lambda _: Response.json(metrics.LOGGERS)),
            ("loggers", "POST", "/loggers/{name}", lambda _: Response(200)),
            ("info", "GET", "/info", self._info),
            ("beans", "GET", "/beans", _beans),
            ("routes", "GET", "/routes", self._routes),
            ("threaddump", "GET", "/threaddump", lambda _: Response.json(metrics.THREADS)),
            ("refresh", "POST", "/refresh", lambda _: Response.json([])),
            ("stop", "POST", "/stop", self._stop_server),
        ]
        if self._version.is_one:
            known += [
                ("worker", "GET", "/worker", self._worker),
                ("version", "GET", "/version", self._about),
            ]
        everything = self._configuration.flag("endpoints.all.enabled", True)
        return [
            (method, path, self._guarded(handler))
            for name, method, path, handler in known
            if self._configuration.flag(f"endpoints.{name}.enabled", everything)
        ]

    def _guarded(self, handler: Handler) -> Handler:
        """Wrap a handler in `endpoints.all.basic-auth`, which spares no endpoint."""
        user = self._configuration.get("endpoints.all.basic-auth.username")
        password = self._configuration.get("endpoints.all.basic-auth.password")
        if user is None and password is None:
            return handler
        token = base64.b64encode(f"{user}:{password}".encode()).decode()

        def guarded(request: Request) -> Response:
            if request.headers.get("Authorization") != f"Basic {token}":
                return Response(401, headers={"WWW-Authenticate": "Basic realm=endpoints"})
            return handler(request)

        return guarded

    def _readiness(self, request: Request) -> Response:
        answer = self._health(request)
        known = json.loads(answer.body)
        known.get("details", {}).pop("deadlockedThreads", None)
        return Response.json(known, answer.status)

    def _health(self, _: Request) -> Response:
        if not self._watch.wait_until_answering():
            if self._version.is_one:
                return Response.json({"name": "kestra", "status": "DOWN"}, 503)
            raise ApiError(500, "Internal Server Error: Unable to get a connection")
        visible = self._configuration.text("endpoints.health.details-visible", "ANONYMOUS")
        if visible.upper() != "ANONYMOUS":
            return Response.json({"name": "kestra", "status": "UP"})
        about = {"database": self._database.product, "version": self._watch.database_version}
        jdbc = _part({self._database.url: _part(about)})
        service = {"name": "kestra", "status": "UP"}
        if self._version.is_one:
            tasks = len(self._seen.executor.running())
            shutdown = _part({"activeTasks": tasks})
            parts = {"deadlockedThreads": service, "gracefulShutdown": shutdown}
            return _status("UP", {"service": service, **parts, "jdbc": jdbc})
        disk = shutil.disk_usage("/")
        space = {"total": disk.total, "free": disk.free, "threshold": 10485760}
        return _status(
            "UP",
            {
                "compositeDiscoveryClient()": _part({"services": {}}),
                "service": service,
                "diskSpace": _part(space),
                "jdbc": jdbc,
            },
        )

    def _liveness(self, _: Request) -> Response:
        if self._version.is_one:
            return _status("UP", {"deadlockedThreads": {"name": "kestra", "status": "UP"}})
        return _status("UNKNOWN", {})

    def _routes(self, _: Request) -> Response:
        found = {}
        for method, template in self._seen.templates:
            for name in (method, "HEAD") if method == "GET" else (method,):
                key = f"{{[{template}],method=[{name}],produces=[application/json]}}"
                found[key] = {"method": "io.kestra.standin"}
        return Response.json(found)

    def _worker(self, _: Request) -> Response:
        runs = [shapes.task_run(run) for run in self._seen.executor.running()]
        running = [{"type": "task", "taskRun": run} for run in runs]
        return Response.json({"runningCount": len(running), "runnings": running})

    def _about(self, _: Request) -> Response:
        found = about(self._version)
        answer = {"version": f"{self._version.text}-oss", "type": self._seen.role}
        answer |= {"commit": found["commitId"], "commitDate": found["commitDate"]}
        return Response.json(answer)

    def _environment(self, _: Request) -> Response:
        names = sorted(name for name in os.environ if not name.startswith("STANDIN_"))
        environment = {
            "name": "env",
            "order": -200,
            "convention": "ENVIRONMENT_VARIABLE",
            "properties": dict.fromkeys(names, "*****"),
        }
        body = {
            "activeEnvironments": ["cli"],
            "packages": ["io.kestra.cli"],
            "propertySources": [environment],
        }
        return Response.json(body)

    def _info(self, _: Request) -> Response:
        commit = {"id": "standin00", "abbrev": "standin", "time": "2024-12-17T11:02:50+0100"}
        tags = f"v{self._version.text}"
        return Response.json({"git": {"commit": commit, "branch": "HEAD", "tags": tags}})

    def _stop_server(self, _: Request) -> Response:
        self._stop()
        return Response.json({"message": "Server shutdown started"})


def _beans(_: Request) -> Response:
    raise ApiError(409, "Illegal state: Duplicate key io.micronaut.context.BeanDefinition")


def _status(status: str, details: dict[str, Any]) -> Response:
    return Response.json({"name": "kestra", "status": status, "details": details})


def _part(details: dict[str, Any]) -> dict[str, Any]:
    return {"name": "kestra", "status": "UP", "details": details}
