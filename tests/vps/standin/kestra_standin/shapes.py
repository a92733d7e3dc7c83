"""How 1.x shows an execution: with the worker, and without durations of what has not ended."""

import uuid
from typing import Any

from . import states

WORKER = str(uuid.uuid4())


def execution(found: dict[str, Any]) -> dict[str, Any]:
    """Return an execution as 1.x answers it."""
    shown = found | {"state": _state(found["state"])}
    if "taskRunList" in found:
        shown["taskRunList"] = [task_run(run) for run in found["taskRunList"]]
    if not found.get("inputs"):
        shown.pop("inputs", None)
    return shown


def task_run(run: dict[str, Any]) -> dict[str, Any]:
    """Return a task run as 1.x answers it."""
    state = _state(run["state"])
    first, *later = state["histories"]
    submitted = {"state": "SUBMITTED", "date": first["date"]}
    attempts = [
        attempt | {"state": _state(attempt["state"]), "workerId": WORKER}
        for attempt in run["attempts"]
    ]
    ended = state["current"] in states.TERMINATED
    return run | {
        "attempts": attempts,
        "outputs": run["outputs"] if ended else None,
        "state": state | {"histories": [first, submitted, *later]},
    }


def webhook(found: dict[str, Any]) -> dict[str, Any]:
    """Return what a webhook of 1.x answers."""
    left_out = {"originalId", "deleted", "metadata"}
    shown = {key: value for key, value in execution(found).items() if key not in left_out}
    return shown | {"tenantId": "main"}


def _state(state: dict[str, Any]) -> dict[str, Any]:
    if state["current"] in states.TERMINATED:
        return state
    return {key: value for key, value in state.items() if key != "duration"}
