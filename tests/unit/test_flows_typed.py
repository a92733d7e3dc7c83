"""A value as somebody types it: what the server is told, and what is refused."""

from __future__ import annotations

import pytest

from kestra_provision.flows.typed import TYPES, typed


@pytest.mark.parametrize(
    ("kind", "text", "sent", "named"),
    [
        ("text", "42", '"42"', "STRING"),
        ("text", "", '""', "STRING"),
        ("text", 'ü "x"\n', '"ü \\"x\\"\\n"', "STRING"),
        ("number", "-1.50", "-1.5", "NUMBER"),
        ("number", "12345678901234567890", "12345678901234567890", "NUMBER"),
        ("boolean", "false", "false", "BOOLEAN"),
        ("json", '[1, {"a": null}]', '[1, {"a": null}]', "JSON"),
        ("json", "{}", "{}", "JSON"),
        ("date", "2026-01-31", "2026-01-31", "DATE"),
        ("datetime", "2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00.000Z", "DATETIME"),
        ("datetime", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z", "DATETIME"),
        ("duration", "P1DT2H", '"P1DT2H"', "DURATION"),
    ],
)
def test_what_is_sent(kind: str, text: str, sent: str, named: str) -> None:
    value = typed("a", kind, text)
    assert (value.text, value.kind) == (sent, named)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("text", "PT5M", "give --type duration"),
        ("number", "05", "it is no number, such as 42"),
        ("number", "NaN", "it is no number"),
        ("number", "", "it is no number"),
        ("number", "1e999", "a larger number than there is room"),
        ("boolean", "yes", "it is neither true nor false"),
        ("json", "[1,", "it is no JSON: Expecting value, line 1 column 4"),
        ("json", "[NaN]", "it is no JSON: NaN"),
        ("json", '"x"', "it is no list and no object"),
        ("json", "[" * 100_000, "it is nested too deeply"),
        ("date", "20260131", "it is no date, such as 2026-01-31"),
        ("date", "2026-02-30", "day"),
        ("date", "0999-01-01", "a year before 1000"),
        ("datetime", "noon", "it is no date with time"),
        ("datetime", "2026-01-31T10:00", "a time without its zone"),
        ("duration", "5 minutes", "it is no duration in whole units"),
        ("duration", "P1W", "it is no duration in whole units"),
    ],
)
def test_refused(kind: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        typed("a", kind, text)


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_refused_is_not_shown(kind: str) -> None:
    """It may be a secret, by whatever name."""
    with pytest.raises(ValueError) as refused:
        typed("api_token", kind, "Canary-1")
    assert "Canary" not in str(refused.value)
