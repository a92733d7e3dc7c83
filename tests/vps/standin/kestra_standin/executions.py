"""Executions in the database: created, read, changed; their logs; the queue's trace of them."""

import json
from typing import Any

from . import states
from .database import Database, document
from .settings import new_id


class Executions:
    """The executions of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, flow: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        """Store a new execution of `flow`, with `more` of its fields, and return it."""
        key = new_id()
        state = states.created()
        execution = {
            "id": key,
            "namespace": flow["namespace"],
            "flowId": flow["id"],
            "flowRevision": flow["revision"],
            **more,
            "state": state,
            "originalId": key,
            "deleted": False,
            "metadata": {"attemptNumber": 1, "originalCreatedDate": state["startDate"]},
        }
        if "labels" in more:
            own = {"key": "system.correlationId", "value": key}
            execution["labels"] = [*more["labels"], own]
        self._database.run(
            "insert into executions values (%s, %s, %s, %s, %s, %s)",
            (
                key,
                flow["namespace"],
                flow["id"],
                "CREATED",
                state["startDate"],
                json.dumps(execution),
            ),
        )
        self._trace(execution)
        return execution

    def find(self, key: str) -> dict[str, Any] | None:
        """Return an execution, or None."""
        rows = self._database.run("select value from executions where key = %s", (key,))
        return document(rows[0][0]) if rows else None

    def all(self) -> list[dict[str, Any]]:
        """Return every execution, the newest first."""
        rows = self._database.run("select value from executions order by start_date desc")
        return [document(row[0]) for row in rows]

    def save(self, execution: dict[str, Any]) -> None:
        """Store a changed execution."""
        self._database.run(
            "update executions set state_current = %s, value = %s where key = %s",
            (execution["state"]["current"], json.dumps(execution), execution["id"]),
        )
        self._trace(execution)

    def look_at_the_queue(self) -> None:
        """Ask for messages, as the pollers do all the time."""
        self._database.run('select 1 from "queues" limit 1')

    def claim(self) -> dict[str, Any] | None:
        """Take one waiting execution, so that no other executor gets it too."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "select value from executions where state_current = 'CREATED'"
                " order by start_date limit 1 for update"
            )
            row = cursor.fetchone()
            if row is None:
                return None
            execution: dict[str, Any] = document(row[0])
            execution["state"] = states.moved(execution["state"], "RUNNING")
            cursor.execute(
                "update executions set state_current = 'RUNNING', value = %s where key = %s",
                (json.dumps(execution), execution["id"]),
            )
        self._trace(execution)
        return execution

    def interrupted(self) -> list[dict[str, Any]]:
        """Return what ran when the last server ended: tasks are run at least once."""
        rows = self._database.run("select value from executions where state_current = 'RUNNING'")
        return [document(row[0]) for row in rows]

    def delete(self, key: str) -> None:
        """Delete an execution and its logs."""
        with self._database.transaction() as cursor:
            cursor.execute("delete from logs where execution_id = %s", (key,))
            cursor.execute("delete from executions where key = %s", (key,))

    def log(self, run: dict[str, Any], level: str, message: str) -> None:
        """Store one log line of a task run."""
        entry = {name: run[name] for name in ("namespace", "flowId", "taskId", "executionId")}
        entry |= {
            "taskRunId": run["id"],
            "attemptNumber": 0,
            "timestamp": states.now(),
            "level": level,
            "thread": "worker_0",
            "message": message,
            "deleted": False,
        }
        self._database.run(
            "insert into logs (execution_id, value) values (%s, %s)",
            (run["executionId"], json.dumps(entry)),
        )

    def logs(self, key: str | None = None) -> list[dict[str, Any]]:
        """Return the log lines of one execution, or of all."""
        rows = self._database.run(
            "select value from logs where execution_id = %s or %s order by key", (key, key is None)
        )
        return [document(row[0]) for row in rows]

    def _trace(self, execution: dict[str, Any]) -> None:
        """Leave a queue message behind; the real queue keeps them too, until its cleaner runs."""
        self._database.run(
            'insert into "queues" (type, key, value, updated) values (%s, %s, %s, %s)',
            (
                "io.kestra.core.models.executions.Execution",
                execution["id"],
                json.dumps(execution),
                states.now(),
            ),
        )
