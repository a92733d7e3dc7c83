"""Every fact with its shell command, and what runs one as pyinfra would."""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kestra_provision.facts.condition import Condition
from kestra_provision.facts.daemon import Daemon
from kestra_provision.facts.docker_repository import DockerRepository
from kestra_provision.facts.health import Health, health_arguments
from kestra_provision.facts.images import Images
from kestra_provision.facts.packages import InstalledPackages
from kestra_provision.facts.paths import Paths
from kestra_provision.facts.plugins import Plugins
from kestra_provision.facts.stack import Stack
from kestra_provision.facts.survey import Survey
from kestra_provision.facts.traces import Traces
from kestra_provision.profiles import stack_of
from kestra_provision.profiles.tools import Tools
from kestra_provision.render.host.scripts import judgement

IMAGES = {"kestra": "kestra/kestra:v1.3.39", "postgres": "postgres:17"}
VERSIONS = ["cat $d/PG_VERSION"]
DECLARED = stack_of(Tools())
JUDGEMENT = judgement(Tools(), DECLARED)


def survey(
    root_dir: str,
    names: Sequence[str] = (),
    files: Sequence[str] = (),
    volumes: Sequence[str] = (),
    users: Sequence[str] = (),
) -> str:
    """The survey's command."""
    return Survey().command(root_dir, VERSIONS, names, files, volumes, users)


FACTS: dict[str, tuple[Any, str]] = {
    "Survey": (Survey(), survey("/opt/kestra")),
    "Condition": (Condition(), Condition().command("/opt/kestra")),
    "Daemon": (Daemon(), Daemon().command()),
    "DockerRepository": (DockerRepository(), DockerRepository().command(["docker-ce", "curl"])),
    "Health": (Health(), Health().command(**health_arguments(DECLARED, JUDGEMENT))),
    "Images": (Images(), Images().command(IMAGES, "/opt/kestra/config/images.env")),
    "InstalledPackages": (InstalledPackages(), InstalledPackages().command(["docker.io", "curl"])),
    "Paths": (
        Paths(),
        Paths().command(
            ["/opt/kestra", "/opt/kestra/.env"],
            "/opt/kestra/config/images.env",
            {"/opt/kestra": "kestra"},
        ),
    ),
    "Stack": (
        Stack(),
        Stack().command(
            "/opt/kestra",
            "tools-kestra",
            ["tools-kestra"],
            list(IMAGES.values()),
            ["/etc/kestra/application.yaml"],
            {"/app/plugins/mine.jar": "/opt/kestra/tools/kestra/plugins/mine.jar"},
        ),
    ),
    "Plugins": (Plugins(), Plugins().command("/opt/kestra/tools/kestra/plugins")),
    "Traces": (
        Traces(),
        Traces().command(
            user="root",
            root_dir="/opt/kestra",
            lock="/var/lib/kestra-provision/tools-kestra.lock",
            containers={"kestra": "tools-kestra", "postgres": "tools-kestra-postgres"},
            logged="kestra",
        ),
    ),
}
#: Facts of which every section must stay separate, and none may fail.
SCRIPTS = [name for name in FACTS if name != "InstalledPackages"]


def run(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **environment},
    )


def output(command: str, **environment: str) -> list[str]:
    """Its lines, as pyinfra hands them to `process`."""
    return run(command, **environment).stdout.splitlines()


def summed(record: Path, lines: str) -> None:
    """Writes a record of images as a deploy does."""
    digest = hashlib.sha256(lines.encode()).hexdigest()
    record.write_text(f"{lines}RECORD_SUM={digest}\n")
