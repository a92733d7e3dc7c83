"""States with their history, as executions, task runs and attempts carry them."""

from datetime import UTC, datetime
from typing import Any

TERMINATED = frozenset({"SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"})


def now() -> str:
    """Return the time as the API writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def created() -> dict[str, Any]:
    """Return the state of something just made."""
    at = now()
    history = [{"state": "CREATED", "date": at}]
    return {"current": "CREATED", "histories": history, "duration": "PT0.001S", "startDate": at}


def moved(state: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the state after its change to `name`."""
    at = now()
    seconds = (_parsed(at) - _parsed(state["startDate"])).total_seconds()
    result = state | {
        "current": name,
        "histories": [*state["histories"], {"state": name, "date": at}],
        "duration": f"PT{seconds:.3f}S",
    }
    return result | ({"endDate": at} if name in TERMINATED else {})


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
