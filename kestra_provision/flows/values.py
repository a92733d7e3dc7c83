"""The keys of a namespace's store: `flows/NAMESPACE/_kv.yaml`, a mapping of names to values.

YAML's own types are Kestra's: text, numbers, booleans, dates, dates with times, and JSON for lists
and mappings. A text such as `PT5M` is a duration to Kestra.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from kestra_provision.flows import secretive
from kestra_provision.sync.comparison import Sum
from kestra_provision.sync.item import Item
from kestra_provision.text.problem import Problem
from kestra_provision.text.strict_yaml import StrictLoader

NAME = "_kv.yaml"
#: As the server wants a key.
_KEY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_FIRST_YEAR = 1000
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_DURATION = re.compile(
    r"P(?=\d|T\d)((?P<days>\d+)D)?"
    r"(T(?=\d)((?P<hours>\d+)H)?((?P<minutes>\d+)M)?((?P<seconds>\d+)S)?)?"
)


@dataclass(frozen=True)
class Value:
    """A value, as the server is told and as it tells.

    + text: what is sent
    + kind: Kestra's word for its type
    + shown: as the server's answer has it
    """

    text: str
    kind: str
    shown: Any

    @property
    def sum(self) -> Sum:
        """Of type and value."""
        return sum_of(self.kind, self.shown)


def sum_of(kind: str, shown: Any) -> Sum:
    """Tells two values of the store apart.

    + kind, shown: as the server's answer has them
    """
    same = _same(kind, shown)
    text = json.dumps([kind, same], sort_keys=True, ensure_ascii=False)
    exact = hashlib.sha256(text.encode()).hexdigest()
    return Sum(exact, exact)


def _same(kind: str, shown: Any) -> Any:
    """One spelling of what the server spells in its own way: 1.0 as 1, P1D as PT24H."""
    if kind == "DURATION" and (found := _DURATION.fullmatch(str(shown))):
        return sum(float(found[unit] or 0) * seconds for unit, seconds in _SECONDS.items())
    if kind == "DATETIME":
        return round(datetime.fromisoformat(str(shown)).timestamp() * 1000)
    if isinstance(shown, list):
        return [_same("", each) for each in shown]
    if isinstance(shown, dict):
        return {key: _same("", each) for key, each in shown.items()}
    return int(shown) if isinstance(shown, float) and shown.is_integer() else shown


def text_of(kind: str, shown: Any) -> str:
    """What is sent to get a value of this kind: all but dates and times is JSON."""
    return str(shown) if kind in ("DATE", "DATETIME") else json.dumps(shown, ensure_ascii=False)


def line_of(key: str, kind: str, shown: Any) -> bytes:
    """As `_kv.yaml` holds it, a text or lists and mappings on more than one line."""
    found = shown
    if kind == "DATE":
        found = date.fromisoformat(str(shown))
    elif kind == "DATETIME":
        found = datetime.fromisoformat(str(shown))
    return yaml.safe_dump({key: found}, allow_unicode=True, sort_keys=False, width=100).encode()


def value_of(found: Any) -> Value:
    """The value that YAML has; raises `ValueError` for what Kestra has no type for."""
    if isinstance(found, bool):
        return Value(_json(found), "BOOLEAN", found)
    if isinstance(found, int | float):
        return Value(_json(found), "NUMBER", found)
    if isinstance(found, datetime):
        if found.tzinfo is None:
            raise ValueError("a time without its zone; write a Z or +02:00 behind it")
        _judge_year(found)
        # Kestra keeps milliseconds.
        text = found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Value(text, "DATETIME", text)
    if isinstance(found, date):
        _judge_year(found)
        return Value(found.isoformat(), "DATE", found.isoformat())
    if isinstance(found, str):
        return Value(_json(found), "DURATION" if is_duration(found) else "STRING", found)
    if isinstance(found, dict | list):
        text = _json(found)
        return Value(text, "JSON", json.loads(text))
    if found is None:
        raise ValueError("it has no value; to delete a key leave out its line")
    raise ValueError("a type of YAML that Kestra has none for; write it as text")


def _json(found: Any) -> str:
    """Raises `ValueError` for what JSON cannot say."""
    try:
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
        text.encode()
    except TypeError as error:
        raise ValueError("JSON with a part that JSON has no type for, such as a date") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise ValueError("it holds half a character, such as \\ud83d alone") from error
    except ValueError as error:
        raise ValueError("it holds itself, or a number without end") from error
    return text


def fits(key: str) -> bool:
    """Kestra takes such a key."""
    return bool(_KEY.fullmatch(key))


def is_duration(text: str) -> bool:
    """What is a duration to Kestra, whoever wrote it: `PT5M`, `P1DT2H`."""
    return bool(_DURATION.fullmatch(text))


def file_of(folders: Iterable[Path], item: Item) -> Path | None:
    """The `_kv.yaml` that has a key; None where none has.

    + folders: of flows
    """
    files = (folder / item.namespace / NAME for folder in folders)
    return next((f for f in files if f.exists() and item.name in _keys(f)), None)


def _keys(file: Path) -> frozenset[str]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except yaml.YAMLError:
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()


def _judge_year(found: date) -> None:
    if found.year < _FIRST_YEAR:
        raise ValueError(f"a year before {_FIRST_YEAR}, which Kestra takes for text; quote it")


def read(namespace: Path) -> tuple[dict[Item, Value], list[Problem]]:
    """The keys of a namespace; none without a file of them.

    + namespace: its folder
    """
    file = namespace / NAME
    if not (file.exists() or file.is_symlink()):
        return {}, []
    try:
        text = file.read_text(encoding="utf-8-sig")
        found = yaml.load(text, StrictLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        return {}, [Problem(f"it cannot be read: {_why(error)}", str(file), "mend it there")]
    if not isinstance(found or {}, dict):
        return {}, [Problem("it is no mapping of keys to values", str(file), "mend it there")]
    values, problems = dict[Item, Value](), list[Problem]()
    for key, each in (found or {}).items():
        value = judged(key, each)
        if isinstance(value, Value):
            values[Item(namespace.name, key)] = value
        else:
            problems.append(Problem(f"{key}: {value[0]}", str(file), value[1]))
    return values, problems


def _why(error: Exception) -> str:
    """Without the file's text, which a message of YAML has."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return f"{error.problem}{f' (line {mark.line + 1})' if mark else ''}"
    if isinstance(error, OSError):
        return str(error.strerror)
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def judged(key: Any, found: Any) -> Value | tuple[str, str]:
    """The value of a key; what is wrong with either, and the way out."""
    if not isinstance(key, str) or not fits(key):
        return "Kestra takes no such key", "letters, digits, dots, - and _"
    try:
        value = value_of(found)
    except ValueError as error:
        return str(error), "mend it there"
    dated = value.kind in ("DATE", "DATETIME")
    if name := "" if dated else secretive.name_in(key, value.shown, is_duration):
        what = "that is" if name == key else f"{name} in it is"
        asked = re.sub(r"[^A-Z0-9]", "_", name.upper()).removeprefix("SECRET_")
        return (
            f"{what} what a secret is called, and everybody who logs in reads the store",
            f"SECRET_{asked} in .env beside deploy.py, and secret('{asked}') in flows",
        )
    if secretive.looks_so(value.shown):
        return (
            "its value looks like a secret, and everybody who logs in reads the store",
            "SECRET_NAME in .env beside deploy.py, and secret('NAME') in flows",
        )
    return value
