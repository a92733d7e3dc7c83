"""Starts executions, and does to them what a person may: kill, run again; reads their logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

import httpx
from packaging.version import Version

from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.execution import Execution, read
from kestra_provision.kestra.history import Wanted, newest
from kestra_provision.kestra.inputs import Part, parts
from kestra_provision.sync.item import Item

#: With it what is done to an execution got a path of its own.
_ACTIONS_SINCE = Version("2.0")
#: Weights of a log's lines, the lightest first.
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")
_PAGE = 1000
_NOT_FOUND = (httpx.codes.NOT_FOUND,)


class UnknownError(LookupError):
    """There is no such thing on the server."""


@dataclass(frozen=True)
class LogLine:
    """+ task: its id; empty for what the execution itself says"""

    time: str
    level: str
    task: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Every field by its name."""
        return asdict(self)


def start(kestra: Kestra, flow: Item, given: Iterable[str] = ()) -> Execution:
    """Starts one.

    + given: inputs, as `inputs.parts` takes them, which says what is raised

    Raises `UnknownError`, and `httpx.HTTPError` with the server's words for inputs it refuses.
    """
    form: Sequence[Part] = ()
    if given := [*given]:
        form = parts(_flow(kestra, flow).get("inputs") or (), given, kestra.version)
    answer = kestra.call("POST", _path("executions", flow), files=[*form], allowed=_NOT_FOUND)
    if answer.status_code in _NOT_FOUND:
        raise _unknown_flow(kestra, flow)
    return read(answer.json())


def get(kestra: Kestra, key: str) -> Execution:
    """How it is now; raises `UnknownError`."""
    answer = kestra.call("GET", _path("executions", key), allowed=_NOT_FOUND)
    if answer.status_code in _NOT_FOUND:
        raise UnknownError(f"execution {key}")
    return read(answer.json())


def named(kestra: Kestra, key: str) -> Execution:
    """The one that somebody names; raises `UnknownError` with one that may have been meant."""
    try:
        return get(kestra, key)
    except UnknownError as error:
        raise UnknownError(
            f"{error}{near(key, [e.id for e in newest(kestra, Wanted(), 100)])}"
        ) from error


def kill(kestra: Kestra, execution: Execution) -> None:
    """Asks for its end, which comes a little later; one that is over stays as it is."""
    path = _path("executions", execution.id)
    actions = kestra.version is not None and kestra.version >= _ACTIONS_SINCE
    method, path = ("POST", f"{path}/actions/kill") if actions else ("DELETE", f"{path}/kill")
    # What ended meanwhile was not killed, and that is as good.
    kestra.call(method, path, allowed=(httpx.codes.CONFLICT,))


def replay(kestra: Kestra, execution: Execution, task: str = "") -> Execution:
    """A new execution with the inputs of this one.

    + task: begins at this one, with the outputs of those before it

    Raises `UnknownError` for a task that it has not run.
    """
    if task and task not in execution.tasks:
        close = near(task, [*execution.tasks])
        raise UnknownError(f"run of a task {task} in {execution.id}{close}")
    told = {"taskRunId": execution.tasks[task]} if task else {}
    path = f"{_path('executions', execution.id)}/replay"
    return read(kestra.call("POST", path, params=told).json())


def log(kestra: Kestra, key: str, level: str = LEVELS[0]) -> list[LogLine]:
    """Its lines in the order of time; none for an execution that is not there.

    + level: and what weighs more
    """
    lines = kestra.call("GET", _path("logs", key), params={"minLevel": level}).json()
    found = [_line(each) for each in lines]
    # Not every version heeds the level.
    wanted = LEVELS[LEVELS.index(level) :]
    return sorted((e for e in found if e.level in wanted), key=lambda line: line.time)


def _line(found: Mapping[str, Any]) -> LogLine:
    return LogLine(
        str(found.get("timestamp", "")),
        str(found.get("level", "INFO")),
        str(found.get("taskId") or ""),
        str(found.get("message") or ""),
    )


def _flow(kestra: Kestra, flow: Item) -> dict[str, Any]:
    answer = kestra.call("GET", _path("flows", flow), allowed=_NOT_FOUND)
    if answer.status_code in _NOT_FOUND:
        raise _unknown_flow(kestra, flow)
    known: dict[str, Any] = answer.json()
    return known


def need_flows(kestra: Kestra, wanted: Wanted) -> None:
    """Raises `UnknownError` where no flow could have such executions: most likely a slip."""
    if wanted.flow:
        _flow(kestra, wanted.flow)
    elif wanted.namespace:
        found = [item.namespace for item in _flows(kestra)]
        here = any(f"{each}.".startswith(f"{wanted.namespace}.") for each in found)
        if not here and len(found) < _PAGE:
            close = near(wanted.namespace, found)
            raise UnknownError(f"flow in a namespace {wanted.namespace}{close}")


def _unknown_flow(kestra: Kestra, flow: Item) -> UnknownError:
    return UnknownError(f"flow {flow}{near(str(flow), [*map(str, _flows(kestra))])}")


def _flows(kestra: Kestra) -> list[Item]:
    """One page of them, which is enough to find the one that was meant."""
    found = kestra.call("GET", "/flows/search", params={"size": str(_PAGE)}).json()["results"]
    return [Item(str(each["namespace"]), str(each["id"])) for each in found]


def near(wanted: str, known: Sequence[str]) -> str:
    """Names the one that may have been meant; empty where none is alike."""
    close = get_close_matches(wanted, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _path(kind: str, what: Item | str) -> str:
    words = (what,) if isinstance(what, str) else (what.namespace, what.name)
    return "/".join(["", kind, *(quote(word, "") for word in words)])
