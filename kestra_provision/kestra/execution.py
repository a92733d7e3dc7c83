"""One execution, as Kestra tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kestra_provision.sync.item import Item

#: All of Kestra's states, in the order in which an execution may come to them.
STATES = (
    *("CREATED", "SUBMITTED", "QUEUED", "RESTARTED", "RUNNING", "PAUSED", "BREAKPOINT"),
    *("RETRYING", "KILLING", "SUCCESS", "WARNING", "SKIPPED", "RETRIED", "RESUBMITTED"),
    *("FAILED", "KILLED", "CANCELLED"),
)
#: Those in which it stays.
ENDED = STATES[STATES.index("SUCCESS") :]
#: It did not fail, and not all of it was done.
IN_PART = ("WARNING", "SKIPPED", "RETRIED", "RESUBMITTED")


@dataclass(frozen=True)
class Execution:
    """+ started, ended: as Kestra writes a time, UTC; `ended` is empty until then
    + tasks: the last run of each task, by the task's id
    """

    id: str
    flow: Item
    state: str
    started: str
    ended: str = ""
    revision: int = 0
    tasks: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}, {self.state} since {shown(self.started)}"

    @property
    def name(self) -> str:
        """For people, as commands take its flow."""
        return f"{self.flow} {self.id}"

    @property
    def is_over(self) -> bool:
        return self.state in ENDED

    @property
    def seconds(self) -> float | None:
        """How long it took; None for one that is not over."""
        if not (self.started and self.ended):
            return None
        return (time_of(self.ended) - time_of(self.started)).total_seconds()

    def as_json(self) -> dict[str, Any]:
        """For programs: no input and no output, which may be anything."""
        return {
            "id": self.id,
            "namespace": self.flow.namespace,
            "flow": self.flow.name,
            "revision": self.revision,
            "state": self.state,
            "started": self.started,
            "ended": self.ended,
            "seconds": self.seconds,
        }


def read(found: Mapping[str, Any]) -> Execution:
    """Makes sense of an answer; raises `KeyError` or `TypeError` for what is none."""
    state = found["state"]
    return Execution(
        id=str(found["id"]),
        flow=Item(str(found["namespace"]), str(found["flowId"])),
        state=str(state["current"]),
        started=str(state.get("startDate") or ""),
        ended=_end(state),
        revision=int(found.get("flowRevision") or 0),
        tasks={str(run["taskId"]): str(run["id"]) for run in found.get("taskRunList") or ()},
    )


def _end(state: Mapping[str, Any]) -> str:
    """A paused execution has an end of its own as well, until it goes on."""
    return str(state.get("endDate") or "") if state["current"] in ENDED else ""


def time_of(text: str) -> datetime:
    """A time of Kestra's: Java writes more digits of a second than Python reads."""
    seconds, _, rest = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}.{rest[:6].ljust(6, '0')}+00:00")


def shown(time: str) -> str:
    """A time of Kestra's for people, to the second."""
    return time[:19].replace("T", " ")
