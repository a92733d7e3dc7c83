"""A value of a namespace's store as somebody types it: a text, and the type that it shall have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NoReturn

from kestra_provision.flows import values
from kestra_provision.flows.values import Value

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def typed(key: str, kind: str, text: str) -> Value:
    """The value; raises `ValueError` with the way out, and without the text.

    + key: whose name may be a secret's, as `_kv.yaml` must have none either
    + kind: one of `TYPES`
    """
    found = values.judged(key, _READERS[kind](text))
    if not isinstance(found, Value):
        raise ValueError("; ".join(found))
    if kind == "text" and found.kind != "STRING":
        raise ValueError("Kestra takes such a text for a duration; give --type duration")
    return found


def _number(text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("it is no number, such as 42 or -1.5")
    found: int | float = json.loads(text)
    if abs(found) == float("inf"):
        raise ValueError("it is a larger number than there is room for")
    return found


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("it is neither true nor false")
    return text == "true"


def _json(text: str) -> dict[str, Any] | list[Any]:
    def strange(word: str) -> NoReturn:
        raise ValueError(f"it is no JSON: {word}")

    try:
        found = json.loads(text, parse_constant=strange)
    except json.JSONDecodeError as error:
        said = f"it is no JSON: {error.msg}, line {error.lineno} column {error.colno}"
        raise ValueError(said) from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(found, dict | list):
        raise ValueError("it is no list and no object; give what else it is as --type")
    return found


def _date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError("it is no date, such as 2026-01-31")
    return date.fromisoformat(text)


def _datetime(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        said = "it is no date with time, such as 2026-01-31T10:00:00+02:00"
        raise ValueError(said) from error


def _duration(text: str) -> str:
    if not values.is_duration(text):
        raise ValueError("it is no duration in whole units, such as P1DT2H or PT5M")
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "number": _number,
    "boolean": _boolean,
    "json": _json,
    "date": _date,
    "datetime": _datetime,
    "duration": _duration,
}
TYPES = tuple(_READERS)
