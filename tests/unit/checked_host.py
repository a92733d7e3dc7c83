"""A host of files for its health check: `docker` prints what a test says."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import threading
from pathlib import Path


class Host:
    """A host of files: `docker` prints what is told here, and the ports are real ones."""

    def __init__(self, root: Path) -> None:
        self.root, self.answers = root, root / "answers"
        self.answers.mkdir()
        docker = root / "bin" / "docker"
        docker.parent.mkdir()
        docker.write_text(
            "#!/bin/sh\n"
            'case "$1 $*" in\n'
            f"version*) cat {self.answers}/version && exit\n"
            f"  cat {self.answers}/denied >&2; exit 1;;\n"
            f"info*) echo {root};;\n"
            f'inspect*) for c in "$@"; do :; done; cat {self.answers}/$c;;\n'
            f"exec*) [ -e {self.answers}/ready ];;\n"
            f'logs*) echo "$*" >>{self.answers}/asked; cat {self.answers}/logs;;\n'
            "esac\n"
        )
        docker.chmod(0o755)
        (self.answers / "version").write_text("27\n")
        # This machine's firewall is no matter of a test's.
        self.program("iptables-save", "#!/bin/sh\nexit 1\n")

    def program(self, name: str, text: str) -> None:
        """Puts a program before the machine's own."""
        path = self.root / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def container(self, name: str, status: str = "running", **said: object) -> None:
        """As `docker inspect` shows it in the format of the scripts."""
        values = {"check": "healthy", "restarts": 0, "code": 0, "oom": "false"}
        values |= {"started": "2020-01-01T00:00:00.123456789Z", "pid": 0, "memory": 1000} | said
        values["mark"] = values.pop("mark", "true/tools-kestra")
        values["log"] = values.pop("log", "")
        ports = {8080: values.pop("ui", None), 8081: values.pop("management", None)}
        bindings = {
            f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(published)}]
            for port, published in ports.items()
            if published
        }
        shown = json.dumps(bindings, separators=(",", ":"))
        line = "|".join(str(value) for value in (status, *values.values(), shown))
        (self.answers / name).write_text(f"{line}\n")

    def check(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        script = self.root / "scripts/maintenance/health-check-all.sh"
        return subprocess.run(
            [script, "--min-free", "0", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def states(self) -> tuple[str, dict[str, str], int]:
        """What it says overall, of each service, and its exit code."""
        done = self.check()
        seen = json.loads(done.stdout)
        states = {s["name"]: f"{s['health']} {s['state']}" for s in seen["services"]}
        return seen["overallHealth"], states, done.returncode


def answering(status: int) -> http.server.HTTPServer:
    """A server that answers with this status on all paths, until it is shut down."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


#: What Docker says of a container that was made and never started, as with a port that was taken.
NEVER = "0001-01-01T00:00:00Z"
