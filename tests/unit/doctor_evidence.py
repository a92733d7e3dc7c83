"""A host in good order, as the doctor sees it, for tests to break."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kestra_provision.doctor.evidence import Evidence
from kestra_provision.doctor.table import checks
from kestra_provision.facts.condition import HostCondition
from kestra_provision.facts.images import ImagesSeen
from kestra_provision.facts.paths import PathsSeen, PathState
from kestra_provision.facts.storage import Room
from kestra_provision.facts.survey import HostSurvey, SeenContainer
from kestra_provision.facts.traces import TracesSeen
from kestra_provision.health.api import EXECUTIONS, answer
from kestra_provision.health.check import Check
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.secrets.env import HostEnv
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.text.next_command import NextCommand
from tests.health_seen import WELL, seen
from tests.tools_secrets import TOOLS_SECRETS

#: 2026-01-31 12:00:00 UTC
NOW = 1_769_860_800
DEPLOY = "pyinfra inventory deploy.py --limit vps1"
SETTINGS = Tools()
STORAGE, WORKDIR = "/opt/kestra/tools/kestra/storage", "/opt/kestra/tools/kestra/workdir"
WRITABLE = PathState("directory", "750", 1000, 1000, writable=True)


CHECKS = checks(stack_of(SETTINGS))


def env(access: str = "600 0 0", **values: str) -> HostEnv:
    """An `.env` with all secrets, less those whose value is empty."""
    names = dict.fromkeys(TOOLS_SECRETS, "Obviously-fake-1") | values
    text = "".join(f"{name}={value}\n" for name, value in names.items() if value)
    return HostEnv(EnvFile.parse(text), access, text, TOOLS_SECRETS)


def api(**statuses: int) -> tuple[Check, ...]:
    """The API's answers by who asks, such as `ours=401`, and that executions are taken up."""
    good = {"without": 401, "wrong": 401, "ours": 200}
    said = good | statuses
    asked = [answer("tools-kestra", who, said[who], expected) for who, expected in good.items()]
    return (*asked, Check(EXECUTIONS, True, "taken up", "tools-kestra"))


HEALTHY = Evidence(
    SETTINGS,
    "vps1",
    NextCommand(),
    float(NOW),
    survey=HostSurvey(
        privilege="root",
        user="root",
        os_id="debian",
        os_version="13",
        os_name="Debian GNU/Linux 13 (trixie)",
        os_codename="trixie",
        architecture="amd64",
        systemd=True,
        cpus=4,
        memory_mb=8000,
        disk_gb=80.0,
        image_room=Room("/var/lib/docker", 80.0, 60.0),
        docker="28.2.2",
        docker_client=True,
        compose="2.36.2",
        docker_packages=("docker-ce", "docker-ce-cli"),
        containers=(
            SeenContainer("tools-kestra", True, "tools-kestra", "kestra", "Up 2 hours", ""),
        ),
        clock=NOW,
    ),
    condition=HostCondition({"/": 20}, {"/": 5}, 8000, 4000),
    traces=TracesSeen("active", "660 root docker", ("root",), deployed=True),
    health=WELL,
    images=ImagesSeen(dict.fromkeys(stack_of(SETTINGS).images.values(), "sha256:1")),
    paths=PathsSeen({STORAGE: WRITABLE, WORKDIR: WRITABLE}),
    env=env(),
    api=api(),
)


def with_survey(**changed: Any) -> Evidence:
    return replace(HEALTHY, survey=replace(HEALTHY.survey, **changed))


def with_condition(**changed: Any) -> Evidence:
    return replace(HEALTHY, condition=replace(HEALTHY.condition, **changed))


def with_traces(**changed: Any) -> Evidence:
    return replace(HEALTHY, traces=replace(HEALTHY.traces, **changed))


def with_kestra(word: str, detail: str = "", **container: Any) -> Evidence:
    """Of one that does not run well the API is not asked."""
    health = seen("kestra", word, detail, **container)
    return replace(HEALTHY, health=health, api=api() if word == "running" else ())


def with_postgres(word: str, detail: str = "", **container: Any) -> Evidence:
    return replace(HEALTHY, health=seen("postgres", word, detail, **container))
