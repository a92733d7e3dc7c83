"""A Maven repository of this machine's, for tests: a folder behind an address."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(folder: Path, login: str = "") -> Iterator[tuple[str, list[str]]]:
    """The address, and the paths that were asked for.

    + login: what a request must have as `Authorization`
    """
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            file = folder / self.path.lstrip("/")
            let_in = not login or self.headers.get("Authorization") == login
            self.send_response(401 if not let_in else 200 if file.is_file() else 404)
            self.end_headers()
            if let_in and file.is_file():
                self.wfile.write(file.read_bytes())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
