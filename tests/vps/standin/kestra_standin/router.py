"""Finds the handler of a request: the first template that fits, in the order of registration."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from .errors import ApiError, not_found
from .messages import Request, Response

Handler = Callable[[Request], Response]
Route = tuple[str, str, Handler]


class Router:
    """The routes of one port."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, str, re.Pattern[str], Handler]] = []

    def add(self, routes: Iterable[Route]) -> None:
        """Register (method, template, handler); `{name}` is a segment, `{name:+}` the rest."""
        for method, template, handler in routes:
            pattern = re.sub(r"\{(\w+):\+\}", r"(?P<\1>.+)", template)
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
            self._routes.append((method, template, re.compile(pattern), handler))

    @property
    def templates(self) -> list[tuple[str, str]]:
        """Method and template of every route."""
        return [(method, template) for method, template, _, _ in self._routes]

    def dispatch(self, request: Request) -> Response:
        """Answer the request, or raise 404, or 405 when only the method is wrong."""
        method = "GET" if request.method == "HEAD" else request.method
        allowed = set()
        for candidate, _, pattern, handler in self._routes:
            match = pattern.fullmatch(request.route or request.path)
            if match is None:
                continue
            if candidate != method:
                allowed.add(candidate)
                continue
            request.values = {k: unquote(v) for k, v in match.groupdict().items()}
            return handler(request)
        if allowed:
            message = (
                f"Method [{request.method}] not allowed for URI [{request.path}]."
                f" Allowed methods: [{', '.join(sorted(allowed))}]"
            )
            raise ApiError(405, f"Method Not Allowed: {message}")
        raise not_found()
