"""What the UI port shows to a browser and to a version check."""

from typing import Any

from . import plugins
from .configuration import Configuration
from .credentials import Configured, Stored
from .errors import not_found
from .messages import Request, Response
from .router import Route
from .settings import Settings
from .versions import Version

_FUNCTIONS = """
currentEachOutput decrypt encrypt errorLogs fetchContext fileExists fileSize fileURI fromIon
fromJson http id isFileEmpty json ksuid kv max min nanoId now printContext randomInt randomPort
range read render renderOnce secret tasksWithState uuid yaml
"""


def about(version: Version) -> dict[str, str]:
    """Return the version and the commit it was built from."""
    date = "2026-05-21T14:21:25Z" if version.is_one else "2024-12-17T11:02:50+01:00"
    return {"version": version.text, "commitId": "standin", "commitDate": date}


class Site:
    """The pages and calls that belong to no resource."""

    def __init__(
        self,
        version: Version,
        configuration: Configuration,
        settings: Settings,
        credentials: Configured | Stored,
    ) -> None:
        self._version = version
        self._configuration = configuration
        self._settings = settings
        self._credentials = credentials

    def routes(self) -> list[Route]:
        """Return the routes."""
        old: list[Route] = [
            ("GET", "/", lambda _: Response(307, headers={"Location": "/ui/"})),
            ("GET", "/ui", lambda _: Response(307, headers={"Location": "/ui/"})),
            ("GET", "/ui/", self._page),
            ("GET", "/ui/{rest:+}", self._page),
            ("GET", "/ping", lambda _: Response(200, b"pong", "application/json")),
            ("GET", "/api/v1/configs", self._configs),
            ("GET", "/api/v1/plugins", self._plugins),
        ]
        if not self._version.is_one:
            return old
        return [
            *old,
            ("GET", "/api", self._page),
            ("GET", "/favicon.ico", lambda _: Response(200, b"\0\0\1\0", "image/x-icon")),
            ("GET", "/robots.txt", lambda _: _text("User-agent: *\nDisallow: /")),
            ("GET", "/swagger/kestra.yml", lambda _: _text("openapi: 3.0.1\n")),
            ("GET", "/api/v1/plugins/{name}", _plugin),
            ("GET", "/api/v1/pebble/functions", lambda _: Response.json(_FUNCTIONS.split())),
        ]

    def _page(self, _: Request) -> Response:
        title = f"Kestra stand-in {self._version.text}"
        body = (
            f"<!DOCTYPE html><html><head><title>{title}</title></head><body>"
            f'<div id="app">{title}: a stand-in for tests, this is not Kestra.</div></body></html>'
        )
        return Response(200, body.encode(), "text/html")

    def _plugins(self, _: Request) -> Response:
        found = plugins.listing()
        if self._version.is_one:
            more: dict[str, Any] = {"guides": [], "aliases": sorted(plugins.ALIASES)}
            found = [plugin | more for plugin in found]
        return Response.json(found)

    def _configs(self, _: Request) -> Response:
        usage = self._configuration.flag("kestra.anonymous-usage-report.enabled", True)
        answer = {
            **about(self._version),
            "uuid": self._settings.instance_id(),
            "isCustomDashboardsEnabled": self._version.is_one,
            "isAnonymousUsageEnabled": usage,
            "isTemplateEnabled": False,
            "preview": {"initial": 100, "max": 5000},
            "systemNamespace": "system",
            "hiddenLabelsPrefixes": ["system.", "internal."],
        }
        if isinstance(self._credentials, Stored):
            answer |= {
                "edition": "OSS",
                "chartDefaultDuration": "PT24H",
                "isAiEnabled": True,
                "isAiApiKeyConfigured": False,
                "isBasicAuthInitialized": self._credentials.initialised,
                "isConcurrencyViewEnabled": True,
                "pluginsHash": 3256294366,
                "isUiAnonymousUsageEnabled": self._configuration.flag(
                    "kestra.ui-anonymous-usage-report.enabled", False
                ),
            }
        else:
            answer |= {
                "isTaskRunEnabled": False,
                "isBasicAuthEnabled": self._credentials.enabled,
            }
        url = self._configuration.get("kestra.url")
        return Response.json(answer | ({"url": str(url)} if url else {}))


def _plugin(request: Request) -> Response:
    name = request.values["name"]
    if plugins.current(name) not in plugins.TASK_TYPES | plugins.TRIGGER_TYPES:
        raise not_found(f"Class '{name}' doesn't exists ")
    return Response.json({"markdown": f"---\ntitle: {name.rpartition('.')[2]}\n", "schema": {}})


def _text(text: str) -> Response:
    return Response(200, text.encode(), "text/plain")
