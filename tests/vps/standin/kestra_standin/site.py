"""What the UI port shows to a browser and to a version check."""

from . import plugins
from .configuration import Configuration
from .credentials import Configured, Stored
from .messages import Request, Response
from .router import Route
from .settings import Settings
from .versions import Version

COMMIT = "standin"


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
        return [
            ("GET", "/", lambda _: Response(307, headers={"Location": "/ui/"})),
            ("GET", "/ui", lambda _: Response(307, headers={"Location": "/ui/"})),
            ("GET", "/ui/", self._page),
            ("GET", "/ui/{rest:+}", self._page),
            ("GET", "/ping", lambda _: Response(200, b"pong", "application/json")),
            ("GET", "/api/v1/configs", self._configs),
            ("GET", "/api/v1/plugins", lambda _: Response.json(plugins.listing())),
        ]

    def _page(self, _: Request) -> Response:
        title = f"Kestra stand-in {self._version.text}"
        body = (
            f"<!DOCTYPE html><html><head><title>{title}</title></head><body>"
            f'<div id="app">{title}: a stand-in for tests, this is not Kestra.</div></body></html>'
        )
        return Response(200, body.encode(), "text/html")

    def _configs(self, _: Request) -> Response:
        usage = self._configuration.flag("kestra.anonymous-usage-report.enabled", True)
        answer = {
            "uuid": self._settings.instance_id(),
            "version": self._version.text,
            "commitId": COMMIT,
            "commitDate": "2024-12-17T11:02:50+01:00",
            "isCustomDashboardsEnabled": False,
            "isAnonymousUsageEnabled": usage,
            "preview": {"initial": 100, "max": 5000},
            "systemNamespace": "system",
            "hiddenLabelsPrefixes": ["system.", "internal."],
        }
        if isinstance(self._credentials, Stored):  # unrecorded
            answer |= {
                "edition": "OSS",
                "isAiEnabled": False,
                "isBasicAuthInitialized": self._credentials.initialised,
                "isUiAnonymousUsageEnabled": self._configuration.flag(
                    "kestra.ui-anonymous-usage-report.enabled", False
                ),
            }
        else:
            answer |= {
                "isTaskRunEnabled": False,
                "isTemplateEnabled": False,
                "isBasicAuthEnabled": self._credentials.enabled,
            }
        url = self._configuration.get("kestra.url")
        return Response.json(answer | ({"url": str(url)} if url else {}))
