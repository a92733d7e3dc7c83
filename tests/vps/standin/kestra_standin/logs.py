"""The logs that executions leave behind."""

from typing import Any

from .executions import Executions
from .messages import Request, Response
from .paging import page
from .router import Route
from .versions import Version

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")


class Logs:
    """Routes below `/logs`."""

    def __init__(self, version: Version, executions: Executions) -> None:
        self._version = version
        self._executions = executions

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        logs = f"{prefix}/logs"
        return [
            ("GET", f"{logs}/search", lambda request: page(request, self._shown())),
            ("GET", f"{logs}/{{id}}", self._of_execution),
            ("GET", f"{logs}/{{id}}/download", self._text),
        ]

    def _of_execution(self, request: Request) -> Response:
        least = _LEVELS.index(request.first("minLevel", "TRACE"))
        found = self._shown(request.values["id"])
        return Response.json([e for e in found if _LEVELS.index(e["level"]) >= least])

    def _shown(self, key: str | None = None) -> list[dict[str, Any]]:
        left_out = {"deleted"} if self._version.is_one else set()
        entries = self._executions.logs(key)
        return [{k: v for k, v in entry.items() if k not in left_out} for entry in entries]

    def _text(self, request: Request) -> Response:
        lines = [
            f"{entry['timestamp']} {entry['level']} {entry['message']}\n"
            for entry in self._executions.logs(request.values["id"])
        ]
        return Response(200, "".join(lines).encode(), "text/plain")
