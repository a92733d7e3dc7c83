"""The routes: the page, the public settings and what a logged-in owner may do."""

import re
from collections.abc import Callable

from .environment import Environment
from .server import HTML, Request, Response
from .sessions import Sessions, unauthorized
from .store import Store

_PAGE = """<!DOCTYPE html>
<html lang="en">
	<head>
		<meta charset="utf-8" />
		<title>n8n.io - Workflow Automation (stand-in)</title>
	</head>
	<body>This is a stand-in for tests, not n8n.</body>
</html>
"""
_METRICS = """# HELP n8n_version_info n8n version info.
# TYPE n8n_version_info gauge
n8n_version_info{{version="v{version}"}} 1
"""
#: Below these an unknown path is an error; everywhere else it is the page's own affair.
_NO_PAGE = re.compile(r"/(rest|healthz|metrics|webhook|api|form|mcp)(/|$)")
_WEBHOOK_HINT = (
    "The workflow must be active for a production URL to run successfully. You can activate the"
    " workflow using the toggle in the top-right of the editor. Note that unlike test URL calls,"
    " production URL calls aren't shown on the canvas (only in the executions list)"
)
_Handler = Callable[[Request], Response]


class Site:
    """Everything behind the port once the database is ready."""

    def __init__(
        self, environment: Environment, version: str, sessions: Sessions, store: Store
    ) -> None:
        self._sessions = sessions
        self._version = version
        self._url = base_url(environment)
        self._secure = environment.flag("N8N_SECURE_COOKIE", True)
        self._has_metrics = environment.flag("N8N_METRICS", False)
        self._open: dict[tuple[str, str], _Handler] = {
            ("GET", "/rest/settings"): self._settings,
            ("GET", "/rest/login"): sessions.current,
            ("POST", "/rest/login"): sessions.login,
            ("POST", "/rest/owner/setup"): sessions.setup,
        }
        self._closed: list[tuple[str, str, _Handler]] = [
            ("GET", "/rest/workflows", store.list_workflows),
            ("POST", "/rest/workflows", store.add_workflow),
            ("GET", "/rest/credentials", store.list_credentials),
            ("POST", "/rest/credentials", store.add_credential),
            ("GET", r"/rest/credentials/[^/]+", store.one_credential),
        ]

    def answer(self, request: Request) -> Response:
        """Find the route; an unknown path is the page, which has routes of its own."""
        method = "GET" if request.method == "HEAD" else request.method
        if handler := self._open.get((method, request.path)):
            return handler(request)
        for known, pattern, closed in self._closed:
            if known == method and re.fullmatch(pattern, request.path):
                return closed(request) if self._sessions.known(request) else unauthorized()
        if request.path.startswith("/webhook/"):
            return self._webhook(request)
        if request.path.startswith("/api/v1/"):
            return Response.json({"message": "'X-N8N-API-KEY' header required"}, 401)
        if request.path == "/metrics" and self._has_metrics:
            text = _METRICS.format(version=self._version)
            return Response(200, text.encode(), "text/plain; version=0.0.4; charset=utf-8")
        if method != "GET" or _NO_PAGE.match(request.path):
            return Response.cannot(request)
        return Response(200, _PAGE.encode(), HTML)

    def _settings(self, _request: Request) -> Response:
        users = {"authenticationMethod": "email", "smtpSetup": False}
        users["showSetupOnFirstLoad"] = not self._sessions.is_set_up()
        oidc = {"loginEnabled": False, "loginUrl": f"{self._url}/rest/sso/oidc/login"}
        ldap = {"loginEnabled": False, "loginLabel": ""}
        shown = {
            "settingsMode": "public",
            "userManagement": users,
            "sso": {"saml": {"loginEnabled": False}, "ldap": ldap, "oidc": oidc},
            "authCookie": {"secure": self._secure},
            "previewMode": False,
            "enterprise": {"saml": False, "ldap": False, "oidc": False},
        }
        return Response.json({"data": shown})

    @staticmethod
    def _webhook(request: Request) -> Response:
        name = request.path.removeprefix("/webhook/")
        text = f'The requested webhook "{request.method} {name}" is not registered.'
        return Response.json({"code": 404, "message": text, "hint": _WEBHOOK_HINT}, 404)


def base_url(environment: Environment) -> str:
    """Return the address users see: the editor's, else the webhooks', else made of host and port.

    The port is part of it only where it is not the one of the protocol.
    """
    for name in ("N8N_EDITOR_BASE_URL", "WEBHOOK_URL"):
        if url := environment.text(name):
            return url.rstrip("/")
    protocol = environment.text("N8N_PROTOCOL", "http")
    host = environment.text("N8N_HOST", "localhost")
    port = int(environment.number("N8N_PORT", 5678))
    usual = {"http": 80, "https": 443}.get(protocol) == port
    return f"{protocol}://{host}" + ("" if usual else f":{port}")
