"""What the host itself can tell of the stack's health, with the text that its own scripts use."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision.facts.health_script import health_script
from kestra_provision.stack.stack import Stack

_VERSION = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True)
class ContainerHealth:
    """State words as Docker uses them: `running`, `restarting`, `exited`, …

    + health: Docker's own check of it; empty where it has none
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
class Answer:
    """A word that has a meaning, and what it is about in a phrase."""

    word: str
    detail: str = ""


@dataclass(frozen=True)
class ServiceHealth:
    """One service, as the host's own scripts would judge it.

    + word, detail: of its look
    + container: None where Docker shows none that is ours
    + answers: by question, those that a mere look does not tell
    + version: empty where nothing tells it
    """

    word: str = "unknown"
    detail: str = "Docker does not tell"
    container: ContainerHealth = field(default_factory=ContainerHealth)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True)
class HostHealth:
    """Every service by name.

    + docker: its version, empty where it does not answer
    """

    services: Mapping[str, ServiceHealth] = field(default_factory=dict)
    docker: str = ""

    def __getitem__(self, service: str) -> ServiceHealth:
        return self.services.get(service, ServiceHealth())


class Health(FactBase[HostHealth]):
    """All services of the stack, in one look that changes nothing.

    + look: bash text, see `health_arguments`

    It holds no secret and prints none: the host reads its `.env` itself, and the password goes
    from there to the container on stdin.
    """

    def command(self, look: str) -> str:
        # bash that sshd or sudo starts would read .bashrc here.
        return f"{{ ! command -v bash >/dev/null || bash --norc -c {shlex.quote(look)} ; }}"

    @staticmethod
    def default() -> HostHealth:
        return HostHealth()

    def process(self, output: list[str]) -> HostHealth:
        told = [json.loads(line) for line in output if line.startswith("{")]
        return HostHealth(
            services={line["service"]: _service(line) for line in told if "service" in line},
            docker=next((line["docker"] for line in told if "docker" in line), ""),
        )


def health_arguments(stack: Stack, judgement: str) -> dict[str, Any]:
    """What `Health` wants to know.

    + judgement: the text after which `look SERVICE` may be called, see `render.host.scripts`
    """
    return {"look": health_script(stack, judgement)}


def _service(told: dict[str, Any]) -> ServiceHealth:
    version = _VERSION.search(told["version"])
    return ServiceHealth(
        word=told["word"],
        detail=told["detail"],
        container=_container(told["container"]),
        answers={name: Answer(**answer) for name, answer in told["answers"].items()},
        version=version[0] if version else "",
    )


def _container(told: dict[str, Any] | None) -> ContainerHealth:
    if told is None:
        return ContainerHealth()
    names = ("status", "health", "restarts", "exit_code", "oom", "started")
    return ContainerHealth(
        **{name: told[name] for name in names}, published=_published(told["ports"])
    )


def _published(found: dict[str, list[dict[str, str]] | None] | None) -> dict[int, tuple[int, ...]]:
    """Docker writes `{"8080/tcp": [{"HostIp": …, "HostPort": "8080"}], "8081/tcp": null}`."""
    return {
        int(port.partition("/")[0]): tuple(sorted({int(at["HostPort"]) for at in bound}))
        for port, bound in (found or {}).items()
        if bound
    }
