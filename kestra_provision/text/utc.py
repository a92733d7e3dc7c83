"""The time in UTC, as ISO 8601 writes it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """To the second, such as `2026-01-02T03:04:05Z`."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
