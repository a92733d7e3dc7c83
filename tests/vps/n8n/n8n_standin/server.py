"""The port: what answers before the database is ready, and the routes after it."""

import contextlib
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .database import DatabaseError
from .log import info

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass
class Request:
    """One request."""

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded."""
        return parse_qs(urlsplit(self.target).query)

    def json(self) -> dict[str, Any]:
        """The body as an object, empty when it is none."""
        with contextlib.suppress(ValueError):
            value = json.loads(self.body)
            return value if isinstance(value, dict) else {}
        return {}


@dataclass
class Response:
    """One answer."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200) -> "Response":
        """Answer with a JSON document."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return cls(status, text.encode())

    @classmethod
    def problem(cls, status: int, message: str) -> "Response":
        """Answer with what went wrong, in the form of n8n's errors."""
        return cls.json({"code": status, "message": message}, status)

    @classmethod
    def cannot(cls, request: Request) -> "Response":
        """Answer as Express does when no route fits."""
        text = (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            "<title>Error</title>\n</head>\n<body>\n"
            f"<pre>Cannot {request.method} {request.path}</pre>\n</body>\n</html>\n"
        )
        return cls(404, text.encode(), HTML)


@dataclass
class State:
    """What the port knows of the database."""

    connected: bool = False
    migrated: bool = False


class Server(ThreadingHTTPServer):
    """Listens from its construction on, with nothing but its health until routes are given."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: str, port: int, state: State) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.state = state
        self.route: Callable[[Request], Response] = Response.cannot
        super().__init__((address, port), _Connection)

    def server_bind(self) -> None:
        """`::` is IPv4 as well, as in Node."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def answer(self, request: Request) -> Response:
        """Health first, then the refusals of a database that is not ready, then the routes."""
        reads = request.method in {"GET", "HEAD"}
        if reads and request.path == "/healthz":
            return Response.json({"status": "ok"})
        ready = self.state.connected and self.state.migrated
        if reads and request.path == "/healthz/readiness":
            return Response.json({"status": "ok" if ready else "error"}, 200 if ready else 503)
        if not self.state.connected:
            return Response.problem(503, "Database is not ready!")
        if not self.state.migrated:
            return Response(200, b"n8n is starting up. Please wait", HTML)
        try:
            return self.route(request)
        except DatabaseError as problem:
            info(str(problem))
            return Response.problem(500, str(problem))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    # One write per answer, else Nagle and delayed ACK add 40 ms to each call.
    wbufsize = -1

    def log_message(self, *_: Any) -> None:
        """n8n has no access log."""

    def version_string(self) -> str:
        return "n8n-standin"

    def do_GET(self) -> None:
        self._respond()

    def do_HEAD(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_PUT(self) -> None:
        self._respond()

    def do_PATCH(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        response = self.server.answer(Request(self.command, self.path, self.headers, body))
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
