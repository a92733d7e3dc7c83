"""Inputs of an execution: read from the form, checked against the flow, completed."""

import json
from typing import Any

from .errors import ApiError, violation
from .messages import Request
from .multipart import Part, parts
from .settings import new_id
from .storage import Storage
from .versions import Version


def read_inputs(
    request: Request, flow: dict[str, Any], storage: Storage, version: Version
) -> dict[str, Any]:
    """Return the typed inputs; what is missing or wrong answers 422."""
    given = {part.name: part for part in parts(request)}
    files = {part.filename: part for part in given.values() if part.filename}
    found: dict[str, Any] = {}
    for declared in flow.get("inputs") or []:
        name = declared["id"]
        if declared["type"] == "FILE":
            part = given.get(name) or files.get(name)
            if part is not None:
                found[name] = _stored(part, flow, storage)
                continue
        elif name in given:
            text = given[name].content.decode("utf-8", "replace")
            try:
                found[name] = _typed(declared, text)
            except ApiError as problem:
                if not version.is_one:
                    raise
                number = declared["type"] in {"INT", "FLOAT"}
                cause = f'For input string: "{text}"' if number else "it is not valid"
                message = f"Invalid value for input `{name}`. Cause: {cause}"
                raise ApiError(422, f"Invalid entity: {message}") from problem
            continue
        if declared.get("defaults") is not None:
            found[name] = declared["defaults"]
        elif declared.get("required", True):
            if version.is_one:
                raise ApiError(422, f"Invalid entity: Missing required input:{name}")
            _refuse(name, "missing required input")
    return found


def _stored(part: Part, flow: dict[str, Any], storage: Storage) -> str:
    name = f"{flow['id']}/inputs/{new_id()}/{part.filename or 'file'}"
    path = storage.path(flow["namespace"], "executions", name)
    try:
        storage.write(path, part.content)
    except ApiError as problem:
        detail = problem.message.removeprefix("Not Found: ")
        raise ApiError(409, f"Illegal state: java.io.FileNotFoundException: {detail}") from problem
    return f"kestra:///{flow['namespace'].replace('.', '/')}/executions/{name}"


def _typed(declared: dict[str, Any], text: str) -> Any:
    kind = declared["type"]
    try:
        if kind == "INT":
            return int(text)
        if kind == "FLOAT":
            return float(text)
        if kind in {"JSON", "ARRAY", "MULTISELECT"}:
            return json.loads(text)
    except ValueError:
        _refuse(declared["id"], f"expected {kind}")
    if kind in {"BOOLEAN", "BOOL"}:
        if text.lower() not in {"true", "false"}:
            _refuse(declared["id"], f"expected {kind}")
        return text.lower() == "true"
    if kind in {"SELECT", "ENUM"} and text not in (declared.get("values") or []):
        _refuse(declared["id"], "it must match one of the values")
    return text


def _refuse(name: str, reason: str) -> None:
    message = f"Invalid input for `{name}`, {reason}"
    raise ApiError(422, f"Invalid entity: {message}", [violation(message, name)])
