"""Flow sources: YAML into a flow, or Kestra's words for what is wrong with it."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from .errors import violation
from .plugins import TASK_TYPES, TRIGGER_TYPES, current
from .versions import Version

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
_STRING = (
    "Cannot deserialize value of type `java.lang.String` from {} value (token `JsonToken.START_{}`)"
    "\n at [Source: (StringReader); line: 1, column: 5] (through reference chain: io.kestra.core."
    'models.flows.Flow["{}"])'
)
_KNOWN = (
    "workerGroup finally tenantId retry inputs errors tasks outputs concurrency variables deleted"
    " id description labels pluginDefaults sla checks taskDefaults namespace disabled listeners"
    " revision updated afterExecution triggers source"
)


class InvalidFlowError(Exception):
    """A source that Kestra would refuse.

    + flow: what could be read of it, when only a rule is broken
    """

    def __init__(
        self,
        message: str,
        errors: list[dict[str, Any]] | None = None,
        flow: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors or [violation(message, None)]
        self.flow = flow


def split(body: str) -> list[str]:
    """Return the documents of a multi-flow body; the split eats the trailing newline."""
    return [part.strip() for part in re.split(r"(?m)^---\s*$", body) if part.strip()]


def parse(source: str, version: Version, *, lenient: bool = False) -> dict[str, Any]:
    """Return the flow of a source as the API shows it, without revision and source.

    + lenient: leave unknown properties out instead of refusing them
    """
    unreadable = (
        "Illegal Flow source: YAML parsing error" if version.is_one else "Illegal flow yaml"
    )
    try:
        flow = yaml.load(source, Loader=_Loader)
    except yaml.YAMLError as problem:
        found = re.match(r"\s*(\w+):\s*\[", source)
        # The old parser meets a list where it wants a string before it meets the missing end.
        if found and not version.is_one:
            message = f"{unreadable}: " + _STRING.format("Array", "ARRAY", found.group(1))
            raise InvalidFlowError(message) from problem
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidFlowError(f"{unreadable}: unreadable YAML{where}") from problem
    if flow is None and version.is_one:
        raise InvalidFlowError(f"{unreadable}: No content to map due to end-of-input")
    if not isinstance(flow, dict):
        raise InvalidFlowError(f"{unreadable}: not a mapping")
    if lenient:
        flow = {key: value for key, value in flow.items() if key in _FIELDS}
    try:
        _check(flow, unreadable, version)
    except _BrokenRuleError as problem:
        message, path = str(problem), problem.path
        if not version.is_one:
            raise InvalidFlowError(message) from problem
        errors = [violation(message.removeprefix(f"{path}: ").rstrip(), path or None)]
        raise InvalidFlowError(message, errors, flow) from problem
    inputs = [{"required": True} | item for item in flow.get("inputs") or []]
    shown = {"id": flow["id"], "namespace": flow["namespace"]}
    shown |= {"inputs": inputs} if inputs else {}
    shown |= {"disabled": bool(flow.get("disabled", False)), "deleted": False}
    return shown | {key: value for key, value in flow.items() if key not in {*shown, "revision"}}


class _BrokenRuleError(Exception):
    """Readable, and against a rule."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class _Loader(yaml.SafeLoader):
    """YAML as Jackson reads it: no dates, which JSON could not carry either."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check(flow: dict[str, Any], unreadable: str, version: Version) -> None:
    one = version.is_one
    for name, value in flow.items():
        if name not in _FIELDS:
            message = f'Unrecognized field "{name}" (class {_class(version)})'
            known = ", ".join(f'"{field}"' for field in _KNOWN.split())
            more = f", not marked as ignorable (26 known properties: {known})" if one else ""
            raise InvalidFlowError(message + more)
        if name in {"id", "namespace"} and isinstance(value, list | dict):
            form = ("Array", "ARRAY") if isinstance(value, list) else ("Object", "OBJECT")
            raise InvalidFlowError(f"{unreadable}: " + _STRING.format(*form, name))
    _check_types(flow, version)
    end = "\n" if one else ""
    for name, pattern in (
        ("id", r"[a-zA-Z0-9][a-zA-Z0-9._-]*"),
        ("namespace", r"[a-z0-9][a-z0-9._-]*"),
    ):
        value = flow.get(name)
        if value is None:
            raise _BrokenRuleError(f"{name}: must not be null{end}", name)
        if not re.fullmatch(pattern, str(value)):
            raise _BrokenRuleError(f'{name}: must match "^{pattern}"{end}', name)
    if not isinstance(flow.get("tasks"), list) or not flow["tasks"]:
        raise _BrokenRuleError(f"tasks: must not be empty{end}", "tasks")
    for path, task in _tasks(flow):
        if current(task["type"]).endswith(".log.Log") and "message" not in task:
            place = f"{task['id'] if one else path}.message"
            raise _BrokenRuleError(f"{place}: must not be null{end}", place)
    for index, trigger in enumerate(flow.get("triggers") or []):
        for kind, field in (("Webhook", "key"), ("Schedule", "cron")):
            if trigger["type"].endswith(f".trigger.{kind}") and not trigger.get(field):
                place = f"triggers[{index}].{field}"
                raise _BrokenRuleError(f"{place}: must not be null{end}", place)
    for item in flow.get("inputs") or []:
        if not isinstance(item, dict) or not item.get("id") or item.get("type") not in _INPUTS:
            raise _BrokenRuleError(f"inputs: every input needs an id and a known type{end}")
    names = [task["id"] for task in walk(flow["tasks"])]
    for name in names:
        if names.count(name) > 1:
            message = f"Duplicate task id with name [{name}]"
            raise _BrokenRuleError(f" Invalid Flow: {message}\n" if one else message)


def _check_types(flow: dict[str, Any], version: Version) -> None:
    for path, task in _tasks(flow):
        _check_type(task, TASK_TYPES, path, version)
    for index, trigger in enumerate(flow.get("triggers") or []):
        _check_type(trigger, TRIGGER_TYPES, f"triggers[{index}]", version)


def _check_type(item: Any, known: frozenset[str], path: str, version: Version) -> None:
    if not isinstance(item, dict) or not item.get("id") or not item.get("type"):
        raise _BrokenRuleError(f"{path}: id and type must not be null")
    name = str(item["type"])
    if current(name) not in known:
        part, _, index = path.rstrip("]").partition("[")
        reach = f'{_class(version)}["{part}"]->java.util.ArrayList[{index}]'
        long = (
            f"Could not resolve type id '{name}' as a subtype of `io.kestra.core.models.Plugin`:"
            f" No plugin registered for the defined type: '{name}'"
        )
        message = f"Invalid type: {name}"
        raise InvalidFlowError(message, [violation(long, reach), violation(message, reach)])


def _class(version: Version) -> str:
    return f"io.kestra.core.models.flows.Flow{'WithSource' if version.is_one else ''}"


def _tasks(flow: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every task with its place, also what is no task at all."""
    for part in ("tasks", "errors", "finally", "afterExecution"):
        yield from _nested(flow.get(part) or [], part)


def _nested(tasks: Any, part: str) -> Iterator[tuple[str, Any]]:
    for index, task in enumerate(tasks if isinstance(tasks, list) else []):
        yield f"{part}[{index}]", task
        for branch in ("tasks", "then", "else"):
            if isinstance(task, dict) and isinstance(task.get(branch), list):
                yield from _nested(task[branch], branch)


def deprecated(flow: dict[str, Any]) -> list[str]:
    """Return Kestra's words for the old names of types in a flow."""
    types = [task["type"] for _, task in _tasks(flow)]
    return [f"{name} is replaced by {current(name)}" for name in types if name != current(name)]


def walk(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every task, the nested ones too."""
    for task in tasks:
        yield task
        for branch in ("tasks", "then", "else"):
            if isinstance(task.get(branch), list):
                yield from walk(task[branch])
