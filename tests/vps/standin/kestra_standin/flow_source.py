"""Flow sources: YAML into a flow, or Kestra's words for what is wrong with it."""

import re
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]

from .errors import violation
from .plugins import TASK_TYPES, TRIGGER_TYPES

_FIELDS_TEXT = """
id namespace revision description labels inputs outputs variables disabled deleted tasks errors
finally listeners afterExecution triggers pluginDefaults taskDefaults concurrency retry sla
workerGroup tenantId source checks
"""
_INPUTS_TEXT = """
STRING INT FLOAT BOOLEAN BOOL SELECT MULTISELECT ENUM DATETIME DATE TIME DURATION FILE JSON URI
SECRET ARRAY YAML EMAIL
"""
_FIELDS = frozenset(_FIELDS_TEXT.split())
_INPUTS = frozenset(_INPUTS_TEXT.split())
_REACH = 'io.kestra.core.models.flows.Flow["{}"]->java.util.ArrayList[{}]'
_STRING = (
    "Cannot deserialize value of type `java.lang.String` from {} value (token `JsonToken.START_{}`)"
    "\n at [Source: (StringReader); line: 1, column: 5] (through reference chain: io.kestra.core."
    'models.flows.Flow["{}"])'
)


class InvalidFlowError(Exception):
    """A source that Kestra would refuse."""

    def __init__(self, message: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors or [violation(message, None)]


def split(body: str) -> list[str]:
    """Return the documents of a multi-flow body; the split eats the trailing newline."""
    return [part.strip() for part in re.split(r"(?m)^---\s*$", body) if part.strip()]


def parse(source: str) -> dict[str, Any]:
    """Return the flow of a source as the API shows it, without revision and source."""
    try:
        flow = yaml.load(source, Loader=_Loader)
    except yaml.YAMLError as problem:
        # The real parser meets a list where it wants a string before it meets the missing end.
        if found := re.match(r"\s*(\w+):\s*\[", source):
            message = "Illegal flow yaml: " + _STRING.format("Array", "ARRAY", found.group(1))
            raise InvalidFlowError(message) from problem
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidFlowError(f"Illegal flow yaml: unreadable YAML{where}") from problem
    if not isinstance(flow, dict):
        raise InvalidFlowError("Illegal flow yaml: not a mapping")
    _check(flow)
    inputs = [{"required": True} | item for item in flow.get("inputs") or []]
    shown = {"id": flow["id"], "namespace": flow["namespace"]}
    shown |= {"inputs": inputs} if inputs else {}
    shown |= {"disabled": bool(flow.get("disabled", False)), "deleted": False}
    return shown | {key: value for key, value in flow.items() if key not in {*shown, "revision"}}


class _Loader(yaml.SafeLoader):  # type: ignore[misc, unused-ignore]
    """YAML as Jackson reads it: no dates, which JSON could not carry either."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check(flow: dict[str, Any]) -> None:
    for name, pattern in (
        ("id", r"[a-zA-Z0-9][a-zA-Z0-9._-]*"),
        ("namespace", r"[a-z0-9][a-z0-9._-]*"),
    ):
        value = flow.get(name)
        if isinstance(value, list | dict):
            kind = ("Array", "ARRAY") if isinstance(value, list) else ("Object", "OBJECT")
            raise InvalidFlowError("Illegal flow yaml: " + _STRING.format(*kind, name))
        if value is None:
            _invalid(f"{name}: must not be null")
        if not re.fullmatch(pattern, str(value)):
            _invalid(f'{name}: must match "^{pattern}"')
    for name in flow:
        if name not in _FIELDS:
            _invalid(f'Unrecognized field "{name}" (class io.kestra.core.models.flows.Flow)')
    if not isinstance(flow.get("tasks"), list) or not flow["tasks"]:
        _invalid("tasks: must not be empty")
    for part in ("tasks", "errors", "finally", "afterExecution"):
        _check_tasks(flow.get(part) or [], part)
    _check_triggers(flow.get("triggers") or [])
    for item in flow.get("inputs") or []:
        if not isinstance(item, dict) or not item.get("id") or item.get("type") not in _INPUTS:
            _invalid("inputs: every input needs an id and a known type")
    names = [task["id"] for task in walk(flow["tasks"])]
    for name in names:
        if names.count(name) > 1:
            _invalid(f"Duplicate task id with name [{name}]")


def _check_tasks(tasks: list[Any], part: str) -> None:
    for index, task in enumerate(tasks):
        _check_type(task, TASK_TYPES, part, index)
        if task["type"].endswith(".log.Log") and "message" not in task:
            _invalid(f"{part}[{index}].message: must not be null")
        for branch in ("tasks", "then", "else"):
            if isinstance(task.get(branch), list):
                _check_tasks(task[branch], branch)


def _check_triggers(triggers: list[Any]) -> None:
    for index, trigger in enumerate(triggers):
        _check_type(trigger, TRIGGER_TYPES, "triggers", index)
        for kind, field in (("Webhook", "key"), ("Schedule", "cron")):
            if trigger["type"].endswith(f".trigger.{kind}") and not trigger.get(field):
                _invalid(f"triggers[{index}].{field}: must not be null")


def _check_type(item: Any, known: frozenset[str], part: str, index: int) -> None:
    if not isinstance(item, dict) or not item.get("id") or not item.get("type"):
        _invalid(f"{part}[{index}]: id and type must not be null")
    name = str(item["type"])
    if name not in known:
        path = _REACH.format(part, index)
        long = (
            f"Could not resolve type id '{name}' as a subtype of `io.kestra.core.models.Plugin`:"
            f" No plugin registered for the defined type: '{name}'"
        )
        message = f"Invalid type: {name}"
        raise InvalidFlowError(message, [violation(long, path), violation(message, path)])


def walk(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every task, the nested ones too."""
    for task in tasks:
        yield task
        for branch in ("tasks", "then", "else"):
            if isinstance(task.get(branch), list):
                yield from walk(task[branch])


def _invalid(message: str) -> None:
    raise InvalidFlowError(message)
