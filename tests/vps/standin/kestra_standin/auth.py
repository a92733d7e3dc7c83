"""The gate before every route: which paths are open and what a stranger is told."""

import base64
import binascii
import json
import re

from .configuration import Configuration
from .credentials import Configured, Stored
from .errors import ApiError, invalid, violation
from .messages import Request, Response
from .router import Route
from .versions import Version

# A list in the configuration replaces this one, it does not add to it.
RECORDED_OPEN_URLS = ["/ping", "/api/v1/executions/webhook/"]


class Gate:
    """Decides whether a request may pass."""

    def __init__(
        self, version: Version, configuration: Configuration, credentials: Configured | Stored
    ) -> None:
        self._version = version
        self._credentials = credentials
        # Unrecorded: in 1.x webhooks are closed until the configuration opens them.
        default = ["/ping"] if version.auth_is_mandatory else RECORDED_OPEN_URLS
        urls = configuration.get("kestra.server.basic-auth.open-urls", default)
        self._open_urls = [urls] if isinstance(urls, str) else [str(url) for url in urls]

    def refuse(self, request: Request) -> Response | None:
        """Return the answer that keeps the request out, or None to let it pass."""
        if not self._credentials.enabled or self._is_open(request.path):
            return None
        found = self._presented(request)
        if found is not None and self._credentials.match(*found):
            return None
        # Unrecorded from 0.24 on: no realm, and no challenge for the login page.
        if not self._version.auth_is_mandatory:
            return Response(401, headers={"WWW-Authenticate": "Basic realm=Kestra"})
        from_login = (request.headers.get("Referer") or "").partition("?")[0].endswith("/login")
        return Response(401, headers={} if from_login else {"WWW-Authenticate": "Basic"})

    def _is_open(self, path: str) -> bool:
        if any(path.startswith(url) for url in self._open_urls):
            return True
        if not isinstance(self._credentials, Stored):
            return False
        plain = re.sub(r"/+", "/", path)
        if not plain.startswith("/api/v1/") or plain == "/api/v1/configs":
            return True
        setup = re.fullmatch(r"/api/v1(/[^/]+)?/basicAuth|/api/v1/basicAuthValidationErrors", plain)
        return setup is not None and not self._credentials.initialised

    def _presented(self, request: Request) -> tuple[str, str] | None:
        header = request.headers.get("Authorization")
        if header is None or not header.startswith("Basic"):
            return None
        if len(header.strip()) <= len("Basic"):
            raise ApiError(500, "Internal Server Error: begin 6, end 5, length 5")
        try:
            decoded = base64.b64decode(header[len("Basic") + 1 :], validate=True)
            username, colon, password = decoded.decode("utf-8", "replace").partition(":")
        except (binascii.Error, ValueError) as problem:
            if self._version.auth_is_mandatory:
                return None
            message = "Illegal base64 character"
            raise ApiError(422, f"Illegal argument: {message}") from problem
        return (username, password) if colon else None


def setup_routes(credentials: Stored) -> list[Route]:
    """Return the set-up page's calls, open until somebody has used them (from 0.24)."""

    def create(request: Request) -> Response:
        given = json_object(request)
        errors = credentials.save(given.get("username"), given.get("password"))
        if errors:
            raise invalid(", ".join(errors), [violation(error, None) for error in errors])
        return Response(204)

    return [
        ("POST", r"/api/v1/main/basicAuth", create),
        ("GET", "/api/v1/basicAuthValidationErrors", lambda _: Response.json(credentials.errors())),
    ]


def json_object(request: Request) -> dict[str, str]:
    """Return the body as a JSON object, or answer 422 as Kestra does for unreadable JSON."""
    try:
        value = json.loads(request.text())
    except ValueError as problem:
        raise ApiError(422, "Invalid JSON: unreadable body") from problem
    if not isinstance(value, dict):
        raise ApiError(422, "Invalid JSON: not an object")
    return value
