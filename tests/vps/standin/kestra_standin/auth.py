"""The gate before every route: which paths are open and what a stranger is told."""

import base64
import binascii
import json
import re
from http.cookies import CookieError, SimpleCookie

from .configuration import Configuration
from .credentials import Configured, Stored
from .errors import ApiError, invalid, violation
from .messages import Request, Response
from .router import Route
from .versions import Version

# A list in the configuration replaces the default one, it does not add to it.
_OPEN_URLS = ["/ping", "/api/v1/executions/webhook/"]
_OPEN_URLS_OF_ONE = [
    *_OPEN_URLS,
    "/api/v1/main/executions/webhook/",
    "/api/v1/basicAuthValidationErrors",
]


class Gate:
    """Decides whether a request may pass."""

    def __init__(
        self, version: Version, configuration: Configuration, credentials: Configured | Stored
    ) -> None:
        self._version = version
        self._credentials = credentials
        default = _OPEN_URLS_OF_ONE if version.is_one else _OPEN_URLS
        urls = configuration.get("kestra.server.basic-auth.open-urls", default)
        self._open_urls = [urls] if isinstance(urls, str) else [str(url) for url in urls]

    def refuse(self, request: Request) -> Response | None:
        """Return the answer that keeps the request out, or None to let it pass."""
        if not self._credentials.enabled or self._is_open(request.path):
            return None
        found = self._presented(request)
        if found is not None and self._credentials.match(*found):
            return None
        if not self._version.auth_is_mandatory:
            return Response(401, headers={"WWW-Authenticate": "Basic realm=Kestra"})
        # No realm, and no challenge for the login page, which would open the browser's own dialog.
        from_login = (request.headers.get("Referer") or "").partition("?")[0].endswith("/login")
        return Response(401, headers={} if from_login else {"WWW-Authenticate": "Basic"})

    def _is_open(self, path: str) -> bool:
        if any(path.startswith(url) for url in self._open_urls):
            return True
        if not isinstance(self._credentials, Stored):
            return False
        plain = re.sub(r"/+", "/", path)
        if not f"{plain}/".startswith("/api/v1/") or plain == "/api/v1/configs":
            return True
        if self._version.has_open_configs and plain.endswith("/configs"):
            return True
        setup = re.fullmatch(r"/api/v1(/[^/]+)?/basicAuth|/api/v1/basicAuthValidationErrors", plain)
        return setup is not None and not self._credentials.initialised

    def _presented(self, request: Request) -> tuple[str, str] | None:
        token = self._token(request)
        if token is None:
            return None
        try:
            decoded = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError) as problem:
            strange = re.search(r"[^A-Za-z0-9+/=]", token)
            code = f" {ord(strange.group()):x}" if strange else ""
            message = f"Illegal argument: Illegal base64 character{code}"
            raise ApiError(422, message) from problem
        username, colon, password = decoded.decode("utf-8", "replace").partition(":")
        if not colon and self._version.is_one:
            raise _out_of_range(0, -1, len(decoded))
        return (username, password) if colon else None

    def _token(self, request: Request) -> str | None:
        if self._version.is_one and (cookie := _cookie(request)):
            return cookie
        header = request.headers.get("Authorization") or ""
        scheme = header[: len("Basic")]
        if scheme != "Basic" and not (self._version.is_one and scheme.lower() == "basic"):
            return None
        if len(header.strip()) <= len("Basic"):
            if self._version.is_one:
                raise _out_of_range(6, 5, 5)
            raise ApiError(500, "Internal Server Error: begin 6, end 5, length 5")
        return header[len("Basic") + 1 :]


def _cookie(request: Request) -> str | None:
    """The login of the pages, which goes before a header."""
    try:
        found = SimpleCookie(request.headers.get("Cookie") or "").get("BASIC_AUTH")
    except CookieError:
        return None
    return found.value if found else None


def _out_of_range(begin: int, end: int, length: int) -> ApiError:
    message = f"Range [{begin}, {end}) out of bounds for length {length}"
    return ApiError(500, f"Internal server error: {message}")


def setup_routes(version: Version, credentials: Stored) -> list[Route]:
    """Return the set-up page's calls, open until somebody has used them (from 0.24)."""

    def create(request: Request) -> Response:
        given = json_object(request)
        errors = credentials.save(given.get("username"), given.get("password"))
        if errors and version.is_one:
            raise ApiError(400, f"{', '.join(errors)}: Resource fails validation")
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
