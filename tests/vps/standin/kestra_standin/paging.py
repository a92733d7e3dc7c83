"""Search answers: filtered by the usual parameters, cut into pages."""

from typing import Any

from .errors import ApiError, invalid, violation
from .messages import Request, Response


def page(request: Request, items: list[dict[str, Any]], search: str = "") -> Response:
    """Answer with one page of the items that fit the query.

    + search: what 1.x calls this search when it refuses a page
    """
    kept = [item for item in items if fits(request, item)]
    try:
        size, number = int(request.first("size", "10")), int(request.first("page", "1"))
    except ValueError as problem:
        raise ApiError(400, "Bad Request: page and size are numbers") from problem
    for name, value in (("page", number), ("size", size)):
        if search and value < 1:
            message, path = "must be greater than or equal to 1", f"{search}.{name}"
            raise invalid(f"{path}: {message}", [violation(message, path)])
    if size < 1 or number < 1:
        raise ApiError(422, "Invalid entity: page and size must be at least 1")
    start = (number - 1) * size
    return Response.json({"results": kept[start : start + size], "total": len(kept)})


def under(own: str, namespace: str) -> bool:
    """Tell whether a namespace is the wanted one or below it; an empty one wants all."""
    return not namespace or own == namespace or own.startswith(f"{namespace}.")


def fits(request: Request, item: dict[str, Any]) -> bool:
    """Tell whether an item is one of those that the query asks for."""
    namespace = _wanted(request, "namespace")
    own = str(item.get("namespace", item.get("id", "")))
    if not under(own, namespace):
        return False
    flow = _wanted(request, "flowId")
    if flow and item.get("flowId") != flow:
        return False
    states = request.query.get("state", []) or _wanted(request, "state").split(",")
    state = item.get("state")
    if any(states) and isinstance(state, dict) and state.get("current") not in states:
        return False
    if isinstance(state, dict) and not _in_time(request, state["startDate"]):
        return False
    words = request.first("q") or _wanted(request, "query")
    return not words or words.lower() in f"{own}.{item.get('id', '')}".lower()


def _in_time(request: Request, started: str) -> bool:
    """Compare with a start that is asked for, of which a filter may be given once."""
    since = request.first("startDate") or request.first(
        "filters[startDate][GREATER_THAN_OR_EQUAL_TO]"
    )
    until = request.first("filters[startDate][LESS_THAN_OR_EQUAL_TO]")
    return (not since or started >= since) and (not until or started <= until)


def _wanted(request: Request, field: str) -> str:
    """Return a filter in the old spelling, or in the newer `filters[field][OPERATION]` one."""
    for name, values in request.query.items():
        if name == field or name.startswith(f"filters[{field}]["):
            return values[0]
    return ""
