"""Where things lie on a host, and the settings that stand in its `.env`."""

from __future__ import annotations

from dataclasses import dataclass

from kestra_provision.settings import Settings
from kestra_provision.stack.files import Directory


@dataclass(frozen=True)
class Layout:
    """Paths below `root_dir`, named after the set-ups this project replaces."""

    root: str

    @property
    def compose(self) -> str:
        return f"{self.root}/compose.yaml"

    @property
    def config(self) -> str:
        return f"{self.root}/config"

    @property
    def application(self) -> str:
        return f"{self.config}/application.yaml"

    @property
    def record(self) -> str:
        """Which images run here; see `commands.record_images`."""
        return f"{self.config}/images.env"

    @property
    def storage(self) -> str:
        return f"{self.root}/tools/kestra/storage"

    @property
    def workdir(self) -> str:
        return f"{self.root}/tools/kestra/workdir"

    @property
    def backups(self) -> str:
        return f"{self.root}/backups"

    @property
    def logs(self) -> str:
        """What runbooks save and record."""
        return f"{self.root}/logs"

    @property
    def audit(self) -> str:
        return f"{self.logs}/audit.jsonl"

    @property
    def lib(self) -> str:
        return f"{self.root}/scripts/lib"

    @property
    def health_check(self) -> str:
        return f"{self.root}/scripts/maintenance/health-check-all.sh"

    @property
    def manifest(self) -> str:
        return f"{self.root}/services-manifest.json"

    @property
    def port_map(self) -> str:
        return f"{self.root}/docs/context/ops/service-port-map.md"

    @property
    def of_image(self) -> list[str]:
        """What the user of the Kestra image must be able to write."""
        return [self.storage, self.workdir]

    @property
    def directories(self) -> list[Directory]:
        """Parents before children, because a child is made in its parent."""
        return [
            Directory(self.root, "755"),
            Directory(self.config, "755"),
            Directory(f"{self.root}/tools", "755"),
            Directory(f"{self.root}/tools/kestra", "755"),
            Directory(self.storage, "750", by_image=True),
            Directory(self.workdir, "750", by_image=True),
            Directory(self.backups, "700"),
            Directory(self.logs, "750"),
            Directory(f"{self.root}/tools/kestra/scripts", "755"),
            Directory(f"{self.root}/scripts", "755"),
            Directory(self.lib, "755"),
            Directory(f"{self.root}/scripts/docker", "755"),
            Directory(f"{self.root}/scripts/maintenance", "755"),
            Directory(f"{self.root}/docs", "755"),
            Directory(f"{self.root}/docs/context", "755"),
            Directory(f"{self.root}/docs/context/ops", "755"),
        ]


def env_settings(settings: Settings) -> dict[str, str]:
    """The settings that stand in `.env`, under the names they have there."""
    return {
        "KESTRA_HTTP_PORT": str(settings.http_port),
        "KESTRA_MANAGEMENT_PORT": str(settings.management_port),
        # The container and not the service: another stack on the shared network may well have a
        # service `postgres` too.
        "KESTRA_DB_HOST": settings.postgres_container_name,
        "KESTRA_DB_PORT": "5432",
        "KESTRA_DB_NAME": settings.db_name,
        "KESTRA_DB_USER": settings.db_user,
        "KESTRA_BASICAUTH_USERNAME": settings.basic_auth_username,
    }
