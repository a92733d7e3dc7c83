"""One container of the contract tests, looked at from outside."""

import socket
import time

import httpx

from tests.contract.client import Server
from tests.vps.engine import docker

USER = "admin@example.com"
PASSWORD = "Adm1nPassw"


class Container:
    """One running or ended container."""

    def __init__(self, name: str) -> None:
        self.name = name

    def state(self) -> tuple[str, int]:
        """Return the status and the exit code."""
        form = "{{.State.Status}} {{.State.ExitCode}}"
        status, code = docker("inspect", "--format", form, self.name).stdout.split()
        return status, int(code)

    def restarts(self) -> int:
        """Return how often Docker has started it again."""
        return int(docker("inspect", "--format", "{{.RestartCount}}", self.name).stdout)

    def wait_for_exit(self, limit: float = 60) -> int:
        """Return the exit code; a container that lives on fails the test."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            status, code = self.state()
            if status == "exited":
                return code
            time.sleep(0.1)
        raise AssertionError(f"{self.name} is still {self.state()}:\n{self.logs()}")

    def stop(self, grace: int) -> float:
        """Stop it; return how much of the grace period was left when it had ended."""
        started = time.monotonic()
        docker("stop", "--time", str(grace), self.name)
        return grace - (time.monotonic() - started)

    def logs(self) -> str:
        """Return what the container wrote so far."""
        done = docker("logs", self.name)
        return done.stdout + done.stderr

    def url(self, port: int) -> str:
        """Return the published address of a port."""
        host = docker("port", self.name, f"{port}/tcp").stdout.splitlines()[0]
        return f"http://{host}"

    def listens(self, port: int) -> bool:
        """Tell whether the port answers inside the container's network."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        address = docker("inspect", "--format", form, self.name).stdout.strip()
        # Docker's own proxy accepts on published ports whatever the container does.
        with socket.socket() as probe:
            probe.settimeout(1)
            return bool(address) and probe.connect_ex((address, port)) == 0

    def server(self) -> Server:
        """Return its addresses with the configured credentials."""
        return Server(self.url(8080), self.url(8081), USER, PASSWORD)

    def wait_until_healthy(self, limit: float = 90) -> "Container":
        """Wait for `/health` to say UP."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if self.state()[0] == "exited":
                break
            try:
                if httpx.get(f"{self.url(8081)}/health", timeout=2).status_code == 200:
                    return self
            except (httpx.HTTPError, IndexError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"{self.name} is not healthy:\n{self.logs()}")
