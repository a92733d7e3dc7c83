"""Points in time as the command line takes them: so long ago, or a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

#: What `docker logs --since` takes as well: a duration of Go, or a point in time.
_DURATION = re.compile(r"(?=\d)(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+)s)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
#: Digits of a second past those that Python reads.
_FINER = re.compile(r"(\.\d{6})\d+")


def complaint_of(text: str) -> str:
    """Why it cannot be that; empty when it can."""
    try:
        moment_of(text)
    except ValueError as error:
        return str(error)
    return ""


def moment_of(text: str, now: datetime | None = None) -> datetime:
    """When that is; raises `ValueError` with why nobody can tell.

    + text: `10m`, `1h30m`, or `2026-01-31T12:00:00Z`; a time without its zone is UTC
    + now: what a duration counts back from
    """
    if found := _DURATION.fullmatch(text):
        spans = {unit: int(number or 0) for unit, number in found.groupdict().items()}
        try:
            return (now or datetime.now(UTC)) - timedelta(**spans)
        except OverflowError as error:
            raise ValueError(f"{text!r} is longer ago than any calendar goes") from error
    if not _TIME.fullmatch(text):
        raise ValueError(
            f"{text!r} is neither a duration, such as 10m or 1h30m, "
            "nor a time, such as 2026-01-31T12:00:00Z"
        )
    try:
        time = datetime.fromisoformat(_FINER.sub(r"\1", text))
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
