"""Executions that nobody takes up, though Kestra answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from packaging.version import Version

from kestra_provision.kestra.executions import FILTERS_SINCE
from kestra_provision.settings.versions import api_prefix

#: A server that takes up none within so long takes up none at all: it needs milliseconds.
PATIENCE = timedelta(seconds=60)
#: As many of each kind are looked at, the newest first.
_MOST = "50"
_NEVER = datetime.min.replace(tzinfo=UTC)


def waiting(client: httpx.Client, version: Version | None, started: str) -> list[datetime]:
    """Since when executions wait that Kestra does not take up, the oldest first.

    + client: with the credentials
    + version: of the server, None for one that does not tell
    + started: when it was, UTC; what was left from before is no matter of this server's

    Empty where Kestra does not tell, where it works its way through a queue, and for what waits for
    its date. Raises `httpx.HTTPError` when it does not answer, or fails at it.
    """
    if version is not None and version < FILTERS_SINCE:
        return []
    since = _time(started)
    try:
        created, now = _search(client, version, "EQUALS")
        late = [
            _time(execution["state"]["startDate"])
            for execution in created
            if execution["state"]["current"] == "CREATED" and not execution.get("scheduleDate")
        ]
        late = sorted(time for time in late if since < time < now - PATIENCE)
        if late:
            others, now = _search(client, version, "NOT_EQUALS")
            if any(_taken_up(execution) > now - PATIENCE for execution in others):
                return []
    except (KeyError, TypeError, ValueError):
        return []
    return late


def _search(
    client: httpx.Client, version: Version | None, created: str
) -> tuple[list[dict[str, Any]], datetime]:
    """The newest of those that are CREATED, or are not; and the time by the server's clock."""
    answer = client.get(
        f"{api_prefix(version)}/executions/search",
        params={
            f"filters[state][{created}]": "CREATED",
            "size": _MOST,
            "sort": "state.startDate:desc",
        },
    )
    if answer.is_server_error:
        answer.raise_for_status()
    date = answer.headers.get("date")
    now = parsedate_to_datetime(date) if date else datetime.now(UTC)
    return (answer.json()["results"] if answer.is_success else []), now


def _taken_up(execution: dict[str, Any]) -> datetime:
    """When it was something else than CREATED for the first time."""
    histories = execution["state"]["histories"]
    return _time(histories[1]["date"]) if len(histories) > 1 else _NEVER


def _time(text: str) -> datetime:
    """Java and Docker write more digits of a second than some releases of Python read."""
    seconds = text.partition(".")[0].removesuffix("Z")
    return datetime.fromisoformat(seconds).replace(tzinfo=UTC) if seconds else _NEVER
