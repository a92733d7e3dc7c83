"""Works off waiting executions, each in its own thread, and ends gracefully."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from . import states, tasks
from .configuration import Configuration
from .database import DatabaseError, MissingTableError
from .executions import Executions
from .expressions import Renderer, UnrenderableError
from .flow_source import walk
from .flow_store import FlowStore
from .log import error, info, warn
from .storage import Storage
from .tasks import Control, children
from .versions import Version

LOGGER = "io.kestra.runner.jdbc.JdbcExecutor"


class StoppingError(Exception):
    """The server stops: what is left of the execution is for the next one."""


class Executor:
    """Polls the database for waiting executions."""

    def __init__(
        self,
        version: Version,
        configuration: Configuration,
        flows: FlowStore,
        executions: Executions,
        storage: Storage,
        functions: Mapping[str, Callable[[str, str], Any]],
        environment: Mapping[str, str],
    ) -> None:
        self._version = version
        self._flows = flows
        self._executions = executions
        self._storage = storage
        self._functions = functions
        # `{{ envs.x }}` shows ENV_* variables; 0.20 those of KESTRA_*, its configuration excepted.
        start = "ENV_" if version.is_one else "KESTRA_"
        self._envs = {
            name.removeprefix(start).lower(): value
            for name, value in environment.items()
            if name.startswith(start) and name != "KESTRA_CONFIGURATION"
        }
        self._defaults = configuration.get("kestra.plugins.defaults", [])
        self._globals = configuration.get("kestra.variables.globals", {})
        grace = configuration.text("kestra.server.termination-grace-period", "5m")
        self._grace = tasks.seconds(grace)
        self._folder = configuration.text("kestra.tasks.tmp-dir.path", "/tmp")
        self._stopping = threading.Event()
        self._working: set[threading.Thread] = set()
        self._under_way: dict[str, dict[str, Any]] = {}
        #: Called once when the queue's table has gone.
        self.when_queues_fail: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Take up what was interrupted, then poll."""
        for execution in self._executions.interrupted():
            if self._version.is_one and self._was_killed(execution):
                later = threading.Timer(self._grace, self._take_up, (execution,))
                later.daemon = True
                later.start()
            else:
                self._spawn(execution)
        threading.Thread(target=self._poll, name="executor", daemon=True).start()

    def stop(self) -> None:
        """Take nothing new and wait for running tasks as long as the grace period allows."""
        self._stopping.set()
        deadline = time.monotonic() + self._grace
        for thread in list(self._working):
            thread.join(max(0.0, deadline - time.monotonic()))

    def running(self) -> list[dict[str, Any]]:
        """Return the runs of the tasks that are under way here."""
        return list(self._under_way.values())

    def _was_killed(self, execution: dict[str, Any]) -> bool:
        """Tell whether a task was under way: nobody knows yet that its worker is gone."""
        flow = self._flows.find(execution["namespace"], execution["flowId"])
        leaves = {task["id"] for task in walk((flow or {}).get("tasks", [])) if not children(task)}
        return any(
            run["taskId"] in leaves and run["state"]["current"] == "RUNNING"
            for run in execution.get("taskRunList") or []
        )

    def _take_up(self, execution: dict[str, Any]) -> None:
        if self._stopping.is_set():
            return
        warn(
            "io.kestra.executor.ExecutorService",
            "Trigger task restart for non-responding workers after termination grace period:"
            f" {execution['id']}",
        )
        self._spawn(execution)

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                self._executions.look_at_the_queue()
                while execution := self._executions.claim():
                    self._spawn(execution)
            except MissingTableError:
                if self._version.is_one:
                    self._stopping.set()
                    self.when_queues_fail()
            except DatabaseError:
                time.sleep(1)
            self._stopping.wait(0.15)

    def _spawn(self, execution: dict[str, Any]) -> None:
        thread = threading.Thread(
            target=self._work, args=(execution,), name=f"worker_{execution['id'][:6]}", daemon=True
        )
        self._working.add(thread)
        thread.start()

    def _work(self, execution: dict[str, Any]) -> None:
        try:
            state = self._run(execution)
            current = self._executions.find(execution["id"])
            if current is not None and current["state"]["current"] not in states.TERMINATED:
                current["state"] = states.moved(current["state"], state)
                self._executions.save(current)
            info(LOGGER, f"[execution: {execution['id']}] completed with state {state}")
        except StoppingError:
            info(LOGGER, f"[execution: {execution['id']}] goes on after the next start")
        except DatabaseError:
            # The execution keeps the state it had: stranded until the server starts again.
            error(LOGGER, f"[execution: {execution['id']}] lost with the database")
        finally:
            self._working.discard(threading.current_thread())

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
        control = Control(self._executions, self._storage, execution["id"], self._folder)

        def secret(key: str) -> Any:
            value = self._functions["secret"](namespace, key)
            control.masked.add(str(value))
            return value

        functions = {
            name: (lambda key, f=function: f(namespace, key))
            for name, function in self._functions.items()
        }
        renderer = Renderer(variables, functions | {"secret": secret})
        done = {
            run["taskId"]: run["outputs"]
            for run in execution.get("taskRunList") or []
            if run["state"]["current"] == "SUCCESS"
        }
        state = "SUCCESS"
        for task in flow["tasks"]:
            state = self._task(task, renderer, control, outputs, done)
            if state != "SUCCESS":
                break
        return state

    def _task(
        self,
        task: dict[str, Any],
        renderer: Renderer,
        control: Control,
        outputs: dict[str, Any],
        done: dict[str, Any],
    ) -> str:
        """Run one task and its children; return the state it ends in.

        + done: the outputs of what had ended before the server was started, by task
        """
        if task["id"] in done:
            outputs[task["id"]] = done[task["id"]]
            return "SUCCESS"
        if self._stopping.is_set() and self._version.is_one:
            raise StoppingError
        run = control.begin(task["id"])
        try:
            control.wait_while_paused()
            if not children(task):
                self._under_way[run["id"]] = run
            result = tasks.perform(
                tasks.with_defaults(task, self._defaults), renderer, control, run
            )
            state = "SUCCESS"
            for child in children(task):
                state = self._task(child, renderer, control, outputs, done)
                if state != "SUCCESS":
                    break
            outputs[task["id"]] = result
        except tasks.KilledError:
            state, result = "KILLED", {}
        except (tasks.TaskFailedError, UnrenderableError) as problem:
            control.log(run, "ERROR", str(problem))
            state, result = ("SUCCESS" if task.get("allowFailure") else "FAILED"), {}
        finally:
            self._under_way.pop(run["id"], None)
        control.finish(run, state, result)
        return state
