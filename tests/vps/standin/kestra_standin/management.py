"""The management port: health, metrics and the endpoints nobody should publish."""

import base64
import os
import shutil
from collections.abc import Callable
from typing import Any

from . import metrics
from .configuration import Configuration
from .database import Database
from .errors import ApiError
from .messages import Request, Response
from .router import Handler, Route
from .versions import Version
from .watch import Watch


class Management:
    """Answers the endpoints of the management port."""

    def __init__(
        self,
        version: Version,
        configuration: Configuration,
        database: Database,
        watch: Watch,
        stop: Callable[[], None],
    ) -> None:
        self._version = version
        self._configuration = configuration
        self._database = database
        self._watch = watch
        self._stop = stop

    def routes(self) -> list[Route]:
        """Return the routes of the endpoints that the configuration leaves enabled."""
        known: list[tuple[str, str, str, Handler]] = [
            ("health", "GET", "/health", self._health),
            ("health", "GET", "/health/liveness", lambda _: _status("UNKNOWN", {})),
            ("health", "GET", "/health/readiness", self._health),
            ("prometheus", "GET", "/prometheus", lambda _: metrics.prometheus()),
            ("metrics", "GET", "/metrics", lambda _: Response.json({"names": metrics.NAMES})),
            ("env", "GET", "/env", self._environment),
            ("loggers", "GET", "/loggers", lambda _: Response.json(metrics.LOGGERS)),
            ("loggers", "POST", "/loggers/{name}", lambda _: Response(200)),
            ("info", "GET", "/info", self._info),
            ("beans", "GET", "/beans", _beans),
            ("routes", "GET", "/routes", lambda _: Response.json({})),
            ("threaddump", "GET", "/threaddump", lambda _: Response.json([])),
            ("refresh", "POST", "/refresh", lambda _: Response.json([])),
            ("stop", "POST", "/stop", self._stop_server),
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

    def _health(self, _: Request) -> Response:
        if not self._watch.wait_until_answering():
            raise ApiError(500, "Internal Server Error: Unable to get a connection")
        visible = self._configuration.text("endpoints.health.details-visible", "ANONYMOUS")
        if visible.upper() != "ANONYMOUS":
            return Response.json({"name": "kestra", "status": "UP"})
        disk = shutil.disk_usage("/")
        about = {"database": self._database.product, "version": self._watch.database_version}
        return _status(
            "UP",
            {
                "compositeDiscoveryClient()": _part({"services": {}}),
                "service": {"name": "kestra", "status": "UP"},
                "diskSpace": _part({"total": disk.total, "free": disk.free, "threshold": 10485760}),
                "jdbc": _part({self._database.url: _part(about)}),
            },
        )

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
