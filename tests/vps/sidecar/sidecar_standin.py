"""A sidecar API as docs/sidecar.md describes it, for tests."""

import hmac
import json
import os
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORT = 8000
NAMES = ("KESTRA_URL", "N8N_URL", "SIDECAR_TOKEN")
#: Where each of the two says without a login that it is there.
HEALTH = {"kestra": ("KESTRA_URL", "/ping"), "n8n": ("N8N_URL", "/healthz/readiness")}
PATIENCE = 2.0


class Server(ThreadingHTTPServer):
    """Listens on every address of the container."""

    daemon_threads = True
    block_on_close = False


class Handler(BaseHTTPRequestHandler):
    """Answers two questions."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        """Health is open, everything else asks for the token."""
        if self.path == "/health":
            self._answer(200, {"status": "ok"})
        elif not self._knows_the_token():
            self._answer(401, {"status": "unauthorized"})
        elif self.path == "/workflows":
            self._answer(200, {name: {"reachable": reachable(name)} for name in HEALTH})
        else:
            self._answer(404, {"status": "not found"})

    def do_POST(self) -> None:
        """It takes nothing: what was sent goes with the connection."""
        self.close_connection = True
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """No access log: it would hold whatever somebody writes into a URL."""

    def _knows_the_token(self) -> bool:
        given = self.headers.get("Authorization") or ""
        expected = f"Bearer {os.environ['SIDECAR_TOKEN']}"
        return hmac.compare_digest(given.encode(), expected.encode())

    def _answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def reachable(name: str) -> bool:
    """Tell whether a neighbour says that it is ready."""
    variable, path = HEALTH[name]
    url = os.environ[variable].rstrip("/") + path
    # Neighbours are asked directly, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def main() -> int:
    """Serve until a signal."""
    missing = [name for name in NAMES if not os.environ.get(name)]
    if missing:
        print(f"{', '.join(missing)}: not set", file=sys.stderr)
        return 1
    server = Server(("0.0.0.0", PORT), Handler)
    ended = threading.Event()
    # PID 1 has no default action for these: without it a stop would take its whole time-out.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    print(f"listening on port {PORT}")
    ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
