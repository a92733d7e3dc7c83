"""Where things lie on a host."""

from __future__ import annotations

from dataclasses import dataclass

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
    def flow_secrets(self) -> str:
        """What flows find as `secret('NAME')`; see `kestra_provision.secrets.flow_secrets`."""
        return f"{self.config}/flow-secrets.env"

    @property
    def logback(self) -> str:
        """In which form Kestra writes its log, if not in its own."""
        return f"{self.config}/logback.xml"

    @property
    def record(self) -> str:
        """Which images run here; see `commands.images.record_images`."""
        return f"{self.config}/images.env"

    @property
    def env(self) -> str:
        """Beside the compose file, where compose looks for it."""
        return f"{self.root}/.env"

    @property
    def settings(self) -> str:
        """Settings of the last deploy; see `facts.settings_record`."""
        return f"{self.config}/settings.json"

    @property
    def flows(self) -> str:
        """How the last sync left the flows of the server; see `kestra_provision.flows.record`."""
        return f"{self.config}/flows.json"

    @property
    def storage(self) -> str:
        return f"{self.root}/tools/kestra/storage"

    @property
    def database(self) -> str:
        """Of a Kestra that has no server for it."""
        return f"{self.root}/tools/kestra/database"

    @property
    def workdir(self) -> str:
        return f"{self.root}/tools/kestra/workdir"

    @property
    def plugins(self) -> str:
        """Jars that Kestra gets beside those of its image, and the list of them."""
        return f"{self.root}/tools/kestra/plugins"

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
    def directories(self) -> tuple[list[Directory], list[Directory]]:
        """What every stack has: before the directories of its services, and after them."""
        before = [
            Directory(self.root, "755"),
            Directory(self.config, "755"),
        ]
        after = [
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
        return before, after
