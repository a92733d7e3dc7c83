"""The logs that executions leave behind."""

from .executions import Executions
from .messages import Request, Response
from .paging import page
from .router import Route


class Logs:
    """Routes below `/logs`."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes below `prefix`."""
        logs = f"{prefix}/logs"
        return [
            ("GET", f"{logs}/search", lambda request: page(request, self._executions.logs())),
            ("GET", f"{logs}/{{id}}", self._of_execution),
            ("GET", f"{logs}/{{id}}/download", self._text),
        ]

    def _of_execution(self, request: Request) -> Response:
        return Response.json(self._executions.logs(request.values["id"]))

    def _text(self, request: Request) -> Response:
        lines = [
            f"{entry['timestamp']} {entry['level']} {entry['message']}\n"
            for entry in self._executions.logs(request.values["id"])
        ]
        return Response(200, "".join(lines).encode(), "text/plain")
