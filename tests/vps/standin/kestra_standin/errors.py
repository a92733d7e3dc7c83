"""Error answers in the shape Micronaut gives them."""

from typing import Any

from .messages import Response

_LINK_KEYS = ("profile", "deprecation", "title", "hreflang", "type", "name")


class ApiError(Exception):
    """Raised anywhere below a request; the surface turns it into an answer."""

    def __init__(self, status: int, message: str, errors: list[dict[str, Any]] | None = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def not_found(detail: str = "") -> ApiError:
    """Return a 404, with the reason where Kestra gives one."""
    return ApiError(404, f"Not Found: {detail}" if detail else "Not Found")


def invalid(message: str, errors: list[dict[str, Any]]) -> ApiError:
    """Return the 422 of an invalid entity."""
    return ApiError(422, f"Invalid entity: {message}", errors)


def violation(message: str, path: str | None) -> dict[str, Any]:
    """Return one entry of `_embedded.errors`."""
    return {"message": message, "logref": None, "path": path, "_links": {}, "_embedded": {}}


def answer(problem: ApiError, href: str) -> Response:
    """Return the answer for `problem` at the path and query `href`."""
    link: dict[str, Any] = {"href": href, "templated": False}
    link.update(dict.fromkeys(_LINK_KEYS))
    body = {
        "message": problem.message,
        "logref": None,
        "path": None,
        "_links": {"self": link},
        "_embedded": {"errors": problem.errors} if problem.errors else {},
    }
    return Response.json(body, problem.status)
