"""One listening port: reads requests, asks a handler, writes answers, can be closed at once."""

import contextlib
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .database import DatabaseError
from .errors import ApiError, answer
from .failures import RefusedError
from .log import error
from .messages import Request, Response

Handle = Callable[[Request], Response]


class Surface:
    """A port with its handler."""

    def __init__(self, host: str, port: int, handle: Handle, server_name: str) -> None:
        try:
            self._server = _Server((host, port), handle, server_name)
        except OSError as problem:
            raise RefusedError(
                f"Unable to start Kestra server on {host}:{port}: {problem}"
            ) from problem
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name=f"port-{self.port}", daemon=True
        )

    def open(self) -> None:
        """Start answering."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening and drop every open connection."""
        self._server.shutdown()
        self._server.server_close()
        self._server.drop_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handle: Handle, server_name: str) -> None:
        self.handle_api = handle
        self.banner = server_name
        self._open: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # One write per answer, else Nagle and delayed ACK add 40 ms to each call.
    wbufsize = -1

    def version_string(self) -> str:
        return self.server.banner

    def log_message(self, *_: Any) -> None:
        """Keep the access log out: URLs may carry webhook keys."""

    def _respond(self) -> None:
        request = Request(self.command, self.path, self.headers, self._read_body())
        try:
            response = self.server.handle_api(request)
        except ApiError as problem:
            response = answer(problem, request.href)
        except DatabaseError:
            message = "Internal Server Error: Unable to get a connection to the database"
            response = answer(ApiError(500, message), request.href)
        except Exception as problem:
            error("io.kestra.webserver.ErrorController", f"{type(problem).__name__}")
            response = answer(ApiError(500, "Internal Server Error"), request.href)
        self._write(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _respond  # noqa: N815

    def _read_body(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0].strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        if response.content_type is not None:
            self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.stream is None:
            if response.status != 204:
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in response.stream:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
