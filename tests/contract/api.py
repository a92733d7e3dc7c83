"""Kestra's API as the contract tests of 1.3 use it: flows in, executions looked at."""

import time
from dataclasses import dataclass
from typing import Any

import httpx

from tests.contract.container import PASSWORD, USER, Container

YAML = {"Content-Type": "application/x-yaml"}
TEXT = {"Content-Type": "text/plain"}
ENDED = {"SUCCESS", "WARNING", "FAILED", "KILLED"}
CORE = "io.kestra.plugin.core"
LOG = f"  - {{id: log, type: {CORE}.log.Log, message: hi}}\n"


@dataclass(frozen=True)
class Execution:
    """An execution as the API tells it."""

    answer: dict[str, Any]

    @property
    def state(self) -> str:
        """The state it is in."""
        return str(self.answer["state"]["current"])

    def task(self, name: str) -> dict[str, Any]:
        """Return the run of a task."""
        return next(run for run in self.answer["taskRunList"] if run["taskId"] == name)


class Api:
    """A client of one server, logged in."""

    def __init__(self, container: Container, prefix: str = "/api/v1/main") -> None:
        base = f"{container.url(8080)}{prefix}"
        self.client = httpx.Client(base_url=base, auth=(USER, PASSWORD), timeout=60)

    def create(self, namespace: str, name: str, tasks: str = LOG, more: str = "") -> None:
        """Create a flow of these tasks, in YAML."""
        source = f"id: {name}\nnamespace: {namespace}\n{more}tasks:\n{tasks}"
        answer = self.client.post("/flows", content=source, headers=YAML)
        assert answer.status_code == 200, answer.text

    def start(self, namespace: str, name: str) -> str:
        """Start an execution and return its identifier."""
        answer = self.client.post(f"/executions/{namespace}/{name}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def run(self, namespace: str, name: str, tasks: str = LOG, more: str = "") -> Execution:
        """Create a flow, execute it and wait for the end."""
        self.create(namespace, name, tasks, more)
        return self.wait_for_end(self.start(namespace, name))

    def execution(self, key: str) -> Execution:
        """Return what the API says of an execution."""
        return Execution(self.client.get(f"/executions/{key}").json())

    def wait_for_end(self, key: str, limit: float = 60) -> Execution:
        """Return an execution that has ended."""
        return self.wait_for(key, ENDED, limit)

    def wait_until_working(self, key: str, task: str, limit: float = 60) -> None:
        """Wait until an attempt of a task is under way."""
        deadline = time.monotonic() + limit
        while True:
            runs = self.execution(key).answer.get("taskRunList") or []
            states = [run["state"]["current"] for run in runs if run["taskId"] == task]
            if states == ["RUNNING"]:
                return
            assert time.monotonic() < deadline, runs
            time.sleep(0.1)

    def wait_for(self, key: str, states: set[str], limit: float = 60) -> Execution:
        """Return an execution that is in one of the states."""
        deadline = time.monotonic() + limit
        while (found := self.execution(key)).state not in states:
            assert time.monotonic() < deadline, found.answer
            time.sleep(0.1)
        return found

    def messages(self, key: str) -> list[str]:
        """Return the lines of an execution's log."""
        return [entry["message"] for entry in self.client.get(f"/logs/{key}").json()]
