"""What `usages/all` tells: how many flows there are and of what they are made."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from .flow_source import walk

_STATES = "CREATED RUNNING PAUSED RESTARTED KILLING SUCCESS WARNING FAILED KILLED CANCELLED QUEUED"


def usages(flows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the counts; those of executions are always nought here."""
    tasks = Counter(task["type"] for flow in flows for task in walk(flow["tasks"]))
    triggers = Counter(trigger["type"] for flow in flows for trigger in flow.get("triggers") or [])
    now = datetime.now(UTC)
    hours = [
        {
            "startDate": (now - timedelta(hours=24 - hour)).isoformat().replace("+00:00", "Z"),
            "duration": {"count": 0},
            "executionCounts": dict.fromkeys(_STATES.split(), 0),
            "groupBy": "hour",
        }
        for hour in range(24)
    ]
    return {
        "flows": {
            "count": len(flows),
            "namespacesCount": len({flow["namespace"] for flow in flows}),
            "taskTypeCount": dict(tasks),
            "triggerTypeCount": dict(triggers),
            "taskRunnerTypeCount": {},
        },
        "executions": {"dailyExecutionsCount": hours},
    }
