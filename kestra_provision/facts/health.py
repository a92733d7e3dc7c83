"""What the host itself can tell of the stack's health."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split

_FORMAT = (
    '{"status":{{json .State.Status}},"restarts":{{.RestartCount}},"exit_code":{{.State.ExitCode}},'
    '"oom":{{.State.OOMKilled}},"started":{{json .State.StartedAt}},'
    '"ports":{{json .NetworkSettings.Ports}},'
    '"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}}}'
)


@dataclass(frozen=True)
class ContainerHealth:
    """State words as Docker uses them: `running`, `restarting`, `exited`, …

    + oom: the kernel ended it because it was out of memory
    + started: UTC, the last time
    + published: ports of the host by port of the container; None where nothing was told
    """

    status: str = "missing"
    health: str = ""
    restarts: int = 0
    exit_code: int = 0
    oom: bool = False
    started: str = ""
    published: dict[int, tuple[int, ...]] | None = None


@dataclass(frozen=True)
class HostHealth:
    """Both containers and PostgreSQL's own word (`pg_isready`)."""

    kestra: ContainerHealth = field(default_factory=ContainerHealth)
    postgres: ContainerHealth = field(default_factory=ContainerHealth)
    accepting: bool = False
    docker: str = ""
    postgres_version: str = ""


class Health(FactBase[HostHealth]):
    """Container states and `pg_isready`, in one look.

    + kestra, postgres: container names
    """

    def command(self, kestra: str, postgres: str) -> str:
        inspect = f"docker inspect --format {shlex.quote(_FORMAT)}"
        in_postgres = f"timeout 10 docker exec {shlex.quote(postgres)}"
        # With the role named: without it PostgreSQL logs an error for each question.
        ready = 'pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"'
        return script(
            section("kestra", f"{inspect} {shlex.quote(kestra)}"),
            section("postgres", f"{inspect} {shlex.quote(postgres)}"),
            section("ready", f"{in_postgres} sh -c {shlex.quote(ready)} && echo yes"),
            section("docker", "docker version --format '{{.Server.Version}}'"),
            section("version", f"{in_postgres} postgres --version"),
        )

    @staticmethod
    def default() -> HostHealth:
        return HostHealth()

    def process(self, output: list[str]) -> HostHealth:
        seen = split(output)
        words = first(seen.get("version")).split()
        return HostHealth(
            kestra=_container(seen.get("kestra")),
            postgres=_container(seen.get("postgres")),
            accepting=first(seen.get("ready")) == "yes",
            docker=first(seen.get("docker")),
            postgres_version=words[2] if len(words) > 2 else "",
        )


def _container(lines: list[str] | None) -> ContainerHealth:
    if not first(lines):
        return ContainerHealth()
    found = json.loads(first(lines))
    published = _published(found.pop("ports"))
    return ContainerHealth(**found, published=published)


def _published(found: dict[str, list[dict[str, str]] | None] | None) -> dict[int, tuple[int, ...]]:
    """Docker writes `{"8080/tcp": [{"HostIp": …, "HostPort": "8080"}], "8081/tcp": null}`."""
    return {
        int(port.partition("/")[0]): tuple(sorted({int(at["HostPort"]) for at in bound}))
        for port, bound in (found or {}).items()
        if bound
    }
