"""Points in time as a command line gives them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kestra_provision.text.moment import complaint_of, moment_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("10m", datetime(2026, 3, 1, 11, 50, tzinfo=UTC)),
        ("1h30m15s", datetime(2026, 3, 1, 10, 29, 45, tzinfo=UTC)),
        ("48h", datetime(2026, 2, 27, 12, 0, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_when_that_is(text: str, when: datetime) -> None:
    assert moment_of(text, NOW) == when


@pytest.mark.parametrize("text", ["99999999999999h", "2026-02-30", "tomorrow", ""])
def test_when_nobody_can_tell(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'"):
        moment_of(text, NOW)
    assert complaint_of(text)
