"""A forward proxy for tests, run on a disposable server: counts what passes, in a file.

Plain HTTP and CONNECT; one line a request: method and host.
"""

from __future__ import annotations

import http.client
import select
import socket
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit


class Handler(BaseHTTPRequestHandler):
    log = ""

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        self._note(target.netloc)
        upstream = http.client.HTTPConnection(target.netloc, timeout=60)
        headers = {k: v for k, v in self.headers.items() if not k.lower().startswith("proxy-")}
        path = f"{target.path}?{target.query}" if target.query else target.path
        upstream.request("GET", path, headers={**headers, "Connection": "close"})
        answer = upstream.getresponse()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        while chunk := answer.read(1 << 16):
            self.wfile.write(chunk)
        self.close_connection = True

    def do_CONNECT(self) -> None:
        self._note(self.path)
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=60) as upstream:
            self.send_response_only(200)
            self.end_headers()
            ends = {self.connection: upstream, upstream: self.connection}
            while ready := select.select(list(ends), [], [], 60)[0]:
                for end in ready:
                    if not (chunk := end.recv(1 << 16)):
                        return
                    ends[end].sendall(chunk)

    def _note(self, host: str) -> None:
        with open(self.log, "a") as log:  # noqa: PTH123, one short script
            log.write(f"{self.command} {host}\n")

    def log_message(self, format: str, *args: object) -> None:
        """stderr belongs to nobody here."""


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Handler.log = sys.argv[2]
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
