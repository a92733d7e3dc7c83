"""What tasks do here: the harmless ones for real, the rest says that it is a stand-in."""

import os
import re
import subprocess
import threading
import time
from tempfile import TemporaryDirectory
from typing import Any

from . import docker_runner, states
from .database import DatabaseError
from .errors import ApiError
from .executions import Executions
from .expressions import Renderer
from .plugins import SCRIPTS, current
from .settings import new_id
from .storage import Storage

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class TaskFailedError(Exception):
    """The task ended badly; the text goes to the execution's log."""


class KilledError(Exception):
    """Somebody killed the execution while the task ran."""


class Control:
    """One running execution: its task runs, and what others do to it meanwhile."""

    def __init__(self, executions: Executions, storage: Storage, key: str, folder: str) -> None:
        self._executions = executions
        self._storage = storage
        self._key = key
        self.folder = folder
        #: Values that the execution's log does not show.
        self.masked: set[str] = set()

    def begin(self, task_id: str) -> dict[str, Any]:
        """Add a running task run and return it; one that was cut off gets another attempt."""
        execution = self._execution()
        state = states.moved(states.created(), "RUNNING")
        for run in execution.get("taskRunList") or []:
            if run["taskId"] == task_id and run["state"]["current"] == "RUNNING":
                again: dict[str, Any] = run | {"attempts": [*run["attempts"], {"state": state}]}
                self._store(again)
                return again
        run = {
            "id": new_id(),
            "executionId": self._key,
            "namespace": execution["namespace"],
            "flowId": execution["flowId"],
            "taskId": task_id,
            "attempts": [{"state": state}],
            "outputs": {},
            "state": state,
        }
        self._store(run)
        return run

    def finish(self, run: dict[str, Any], state: str, outputs: dict[str, Any]) -> None:
        """Store the end of a task run."""
        ended = states.moved(run["state"], state)
        last = states.moved(run["attempts"][-1]["state"], state)
        attempts = [*run["attempts"][:-1], {"state": last}]
        self._store(run | {"state": ended, "attempts": attempts, "outputs": outputs})

    def log(self, run: dict[str, Any], level: str, message: str) -> None:
        """Store a log line of a task run."""
        for value in self.masked:
            message = message.replace(value, "******")
        self._executions.log(run, level, message)

    def store(self, run: dict[str, Any], content: str, extension: str) -> str:
        """Write a file of a task run and return its URI."""
        name = f"{run['flowId']}/executions/{self._key}/tasks/{run['taskId']}/{run['id']}"
        path = self._storage.path(run["namespace"], "", f"{name}/{new_id()}{extension}")
        try:
            self._storage.write(path, content.encode())
        except ApiError as problem:
            raise TaskFailedError(problem.message) from problem
        return self._storage.uri(path)

    def sleep(self, duration: float) -> None:
        """Wait, but not longer than the execution lives."""
        deadline = time.monotonic() + duration
        while (rest := deadline - time.monotonic()) > 0:
            time.sleep(min(rest, 0.1))
            self.alive()

    def pause(self, duration: float | None) -> None:
        """Pause the execution until somebody resumes it or the time is over."""
        self._move("PAUSED")
        deadline = None if duration is None else time.monotonic() + duration
        while self.alive() == "PAUSED":
            if deadline is not None and time.monotonic() >= deadline:
                self._move("RUNNING")
            time.sleep(0.1)

    def wait_while_paused(self) -> None:
        """Wait before a task while the execution is paused."""
        while self.alive() == "PAUSED":
            time.sleep(0.1)

    def alive(self) -> str:
        """Return the execution's state; raise when somebody has killed it."""
        state = str(self._execution()["state"]["current"])
        if state in states.TERMINATED:
            raise KilledError
        return state

    def _move(self, state: str) -> None:
        execution = self._execution()
        execution["state"] = states.moved(execution["state"], state)
        self._executions.save(execution)

    def _store(self, run: dict[str, Any]) -> None:
        execution = self._execution()
        runs = [old for old in execution.get("taskRunList") or [] if old["id"] != run["id"]]
        self._executions.save(execution | {"taskRunList": [*runs, run]})

    def _execution(self) -> dict[str, Any]:
        execution = self._executions.find(self._key)
        if execution is None:
            raise KilledError
        return execution


def perform(
    task: dict[str, Any], renderer: Renderer, control: Control, run: dict[str, Any]
) -> dict[str, Any]:
    """Do what the task says and return its outputs."""
    kind = current(str(task["type"])).removeprefix("io.kestra.plugin.core.")
    if kind == "log.Log":
        messages = task["message"] if isinstance(task["message"], list) else [task["message"]]
        for message in messages:
            control.log(run, str(task.get("level", "INFO")), str(renderer.render(message)))
    elif kind in {"debug.Return", "debug.Echo"}:
        return {"value": renderer.render(task.get("format"))}
    elif kind == "output.OutputValues":
        return {"values": renderer.render(task.get("values", {}))}
    elif kind == "storage.Write":
        content, extension = str(renderer.render(task["content"])), str(task.get("extension", ""))
        return {"uri": control.store(run, content, extension)}
    elif kind == "execution.Fail":
        raise TaskFailedError(str(renderer.render(task.get("errorMessage", "Task failure"))))
    elif kind == "flow.Sleep":
        duration = str(renderer.render(task.get("duration", "PT0S")))
        control.log(run, "INFO", f"Waiting for {duration}")
        control.sleep(seconds(duration))
    elif kind == "flow.Pause":
        delay = task.get("delay") or task.get("pauseDuration")
        control.pause(None if delay is None else seconds(str(delay)))
    elif task["type"] in SCRIPTS:
        return run_script(renderer.render(task), control, run)
    elif not children(task):
        control.log(run, "WARN", f"The stand-in does nothing for {task['type']}")
    return {}


def with_defaults(task: dict[str, Any], defaults: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the task with what the server has for its type, which its own properties win over."""
    for default in defaults:
        if str(task["type"]).startswith(str(default["type"])):
            task = _merged(default.get("values", {}), task)
    return task


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(below[key], value)
        if isinstance(value, dict) and isinstance(below.get(key), dict)
        else value
        for key, value in above.items()
    }
    return {**below, **both}


def run_script(task: dict[str, Any], control: Control, run: dict[str, Any]) -> dict[str, Any]:
    """Run a script as a process of this server, or in a container where its runner says so."""
    text = str(task.get("script") or "\n".join(map(str, task.get("commands") or [])))
    python = ".python." in task["type"] and "script" in task
    interpreter = ["python3", "-c"] if python else ["/bin/sh", "-e", "-c"]
    try:
        if not str(task.get("taskRunner", {}).get("type", "")).endswith(".runner.Process"):
            return _ended(*docker_runner.run(task, [*interpreter, text], control), control, run)
        with TemporaryDirectory(dir=control.folder) as folder:
            process = subprocess.Popen(
                [*interpreter, text],
                cwd=folder,
                env={**os.environ, **{k: str(v) for k, v in (task.get("env") or {}).items()}},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            killer = threading.Thread(target=_kill_with, args=(process, control), daemon=True)
            killer.start()
            for line in process.stdout or ():
                control.log(run, "INFO", line.rstrip("\n"))
            return _ended(process.wait(), [], control, run)
    except OSError as problem:
        raise TaskFailedError(str(problem)) from problem


def _ended(code: int, said: list[str], control: Control, run: dict[str, Any]) -> dict[str, Any]:
    for line in said:
        control.log(run, "INFO", line)
    control.alive()
    if code:
        raise TaskFailedError(f"Command failed with exit code {code}")
    return {"vars": {}, "exitCode": code, "outputFiles": {}}


def _kill_with(process: "subprocess.Popen[str]", control: Control) -> None:
    """End the process when the execution is killed meanwhile."""
    while process.poll() is None:
        try:
            control.alive()
        except KilledError:
            process.kill()
            return
        except DatabaseError:
            return
        time.sleep(0.2)


def children(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tasks inside a task, in the order they run here."""
    nested = task.get("tasks")
    return nested if isinstance(nested, list) else []


def seconds(text: str) -> float:
    """Read `PT1M30S`, `PT0.5S`, `30s` or `5m`."""
    if short := re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text):
        return float(short.group(1)) * _UNITS[short.group(2)]
    number = r"(?:(\d+(?:\.\d+)?){})?"
    long = re.fullmatch(
        "P" + number.format("D") + "(?:T" + "".join(map(number.format, "HMS")) + ")?", text
    )
    if long is None:
        raise TaskFailedError(f"Text cannot be parsed to a Duration: {text}")
    return sum(
        float(value or 0) * factor
        for value, factor in zip(long.groups(), (86400, 3600, 60, 1), strict=True)
    )
