"""Works off waiting executions, each in its own thread, and ends gracefully."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from . import states, tasks
from .configuration import Configuration
from .database import DatabaseError
from .executions import Executions
from .expressions import Renderer, UnrenderableError
from .flow_store import FlowStore
from .log import error, info
from .tasks import Control

LOGGER = "io.kestra.runner.jdbc.JdbcExecutor"


class Executor:
    """Polls the database for waiting executions."""

    def __init__(
        self,
        configuration: Configuration,
        flows: FlowStore,
        executions: Executions,
        functions: Mapping[str, Callable[[str, str], Any]],
        environment: Mapping[str, str],
    ) -> None:
        self._flows = flows
        self._executions = executions
        self._functions = functions
        # `{{ envs.x }}` shows KESTRA_* variables, except the configuration itself.
        self._envs = {
            name.removeprefix("KESTRA_").lower(): value
            for name, value in environment.items()
            if name.startswith("KESTRA_") and name != "KESTRA_CONFIGURATION"
        }
        self._globals = configuration.get("kestra.variables.globals", {})
        grace = configuration.text("kestra.server.termination-grace-period", "5m")
        self._grace = tasks.seconds(grace)
        self._stopping = threading.Event()
        self._running: set[threading.Thread] = set()

    def start(self) -> None:
        """Take up what was interrupted, then poll."""
        for execution in self._executions.interrupted():
            self._spawn(execution | {"taskRunList": []})
        threading.Thread(target=self._poll, name="executor", daemon=True).start()

    def stop(self) -> None:
        """Take nothing new and wait for running tasks as long as the grace period allows."""
        self._stopping.set()
        deadline = time.monotonic() + self._grace
        for thread in list(self._running):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                while execution := self._executions.claim():
                    self._spawn(execution)
            except DatabaseError:
                time.sleep(1)
            self._stopping.wait(0.15)

    def _spawn(self, execution: dict[str, Any]) -> None:
        thread = threading.Thread(
            target=self._work, args=(execution,), name=f"worker_{execution['id'][:6]}", daemon=True
        )
        self._running.add(thread)
        thread.start()

    def _work(self, execution: dict[str, Any]) -> None:
        try:
            state = self._run(execution)
            current = self._executions.find(execution["id"])
            if current is not None and current["state"]["current"] not in states.TERMINATED:
                current["state"] = states.moved(current["state"], state)
                self._executions.save(current)
            info(LOGGER, f"[execution: {execution['id']}] completed with state {state}")
        except DatabaseError:
            # The execution keeps the state it had: stranded until the server starts again.
            error(LOGGER, f"[execution: {execution['id']}] lost with the database")
        finally:
            self._running.discard(threading.current_thread())

    def _run(self, execution: dict[str, Any]) -> str:
        flow = self._flows.find(execution["namespace"], execution["flowId"])
        if flow is None:
            return "FAILED"
        outputs: dict[str, Any] = {}
        variables = {
            "inputs": execution.get("inputs", {}),
            "outputs": outputs,
            "trigger": execution.get("trigger", {}).get("variables", {}),
            "flow": {key: flow[key] for key in ("id", "namespace", "revision")},
            "execution": {"id": execution["id"], "startDate": execution["state"]["startDate"]},
            "vars": flow.get("variables", {}),
            "labels": flow.get("labels", {}),
            "envs": self._envs,
            "globals": self._globals,
        }
        namespace = execution["namespace"]
        functions = {
            name: (lambda key, f=function: f(namespace, key))
            for name, function in self._functions.items()
        }
        renderer = Renderer(variables, functions)
        control = Control(self._executions, execution["id"])
        state = "SUCCESS"
        for task in flow["tasks"]:
            state = self._task(task, renderer, control, outputs)
            if state != "SUCCESS":
                break
        return state

    def _task(
        self, task: dict[str, Any], renderer: Renderer, control: Control, outputs: dict[str, Any]
    ) -> str:
        """Run one task and its children; return the state it ends in."""
        run = control.begin(task["id"])
        try:
            control.wait_while_paused()
            result = tasks.perform(task, renderer, control, run)
            state = "SUCCESS"
            for child in tasks.children(task):
                state = self._task(child, renderer, control, outputs)
                if state != "SUCCESS":
                    break
            outputs[task["id"]] = result
        except tasks.KilledError:
            state, result = "KILLED", {}
        except (tasks.TaskFailedError, UnrenderableError) as problem:
            self._executions.log(run, "ERROR", str(problem))
            state, result = ("SUCCESS" if task.get("allowFailure") else "FAILED"), {}
        control.finish(run, state, result)
        return state
