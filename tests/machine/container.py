"""A container as Docker shows it, without the places where secrets can stand."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import Any

from testinfra.host import Host

#: Neither environment nor command: secrets can stand there, and nothing of them leaves the host.
INSPECT = (
    '{"name":{{json .Name}},"image":{{json .Image}},"state":{{json .State}},'
    '"labels":{{json .Config.Labels}},"stop_timeout":{{json .Config.StopTimeout}},'
    '"limits":{{json .HostConfig}},"ports":{{json .NetworkSettings.Ports}},'
    '"networks":{{json .NetworkSettings.Networks}},"mounts":{{json .Mounts}},'
    '"log_path":{{json .LogPath}}}'
)
#: What Kestra is started with, below `config`, in the order in which both are summed.
CONFIGURATION = ("application.yaml", "flow-secrets.env")


@dataclass(frozen=True)
class Container:
    """One container as `docker inspect` shows it; `limits` is Docker's HostConfig."""

    name: str
    image: str
    log_path: str
    stop_timeout: int
    state: dict[str, Any] = field(repr=False)
    labels: dict[str, str] = field(repr=False)
    limits: dict[str, Any] = field(repr=False)
    ports: dict[str, list[dict[str, str]]] = field(repr=False)
    networks: dict[str, Any] = field(repr=False)
    mounts: list[dict[str, Any]] = field(repr=False)

    @property
    def service(self) -> str:
        return self.labels.get("com.docker.compose.service", "")

    @property
    def project(self) -> str:
        return self.labels.get("com.docker.compose.project", "")

    @property
    def published(self) -> dict[str, set[tuple[str, int]]]:
        """Addresses and ports of the host by port of the container."""
        return {
            port: {(b["HostIp"], int(b["HostPort"])) for b in bindings}
            for port, bindings in self.ports.items()
            if bindings
        }

    @classmethod
    def parse(cls, line: str) -> Container:
        """From what `INSPECT` prints."""
        seen: dict[str, Any] = json.loads(line)
        changed = {
            "name": seen["name"].lstrip("/"),
            "stop_timeout": seen["stop_timeout"] or 10,
            "labels": seen["labels"] or {},
        }
        return cls(**{**seen, **changed})


def environment(of: str) -> str:
    """The shell command that prints a container's or an image's; what it says stays on the host."""
    form = "{{range .Config.Env}}{{println .}}{{end}}"
    return f"docker inspect --format {shlex.quote(form)} {shlex.quote(of)}"


def configured(name: str) -> str:
    """The shell command that prints the secrets of the file that Kestra's container reads."""
    values = 's/.*: "\\(.*\\)" # [A-Z0-9_]*$/\\1/p'
    read = f"docker exec {shlex.quote(name)} cat /etc/kestra/application.yaml"
    return f"{read} | sed -n {shlex.quote(values)} | sed 's/\\\\\\(.\\)/\\1/g'"


def environ(name: str) -> str:
    """The shell command that prints what each process of a container has as its environment."""
    pids = f"docker top {shlex.quote(name)} -eo pid | tail -n +2"
    return f"for p in $({pids}); do cat /proc/$p/environ; done | tr '\\0' '\\n'"


def variable(host: Host, container: Container, name: str) -> str:
    """One value of a container's environment, which is no secret."""
    wanted = shlex.quote(f"s/^{name}=//p")
    return str(host.check_output(f"{environment(container.name)} | sed -n {wanted}"))
