"""The scripts on the host: where they are, and how they are run and asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import CompletedProcess
from typing import Any

from tests.vps.machine import Vps

ROOT = "/opt/kestra"
TOOLS = f"{ROOT}/tools/kestra/scripts"
STACKS = f"{ROOT}/scripts/docker"
HEALTH = f"{ROOT}/scripts/maintenance/health-check-all.sh"
MANIFEST = f"{ROOT}/services-manifest.json"
LOCK = "/var/lib/kestra-provision/tools-kestra.lock"
KESTRA, POSTGRES = "tools-kestra", "tools-kestra-postgres"


def run(vps: Vps, command: str, code: int = 0) -> CompletedProcess[str]:
    """As root; what it says is shown when it ends otherwise, and holds no secret in any case."""
    done = vps.run(command, check=False)
    shown = done.stdout + done.stderr
    assert done.returncode == code, shown
    secrets = vps.run(f"sed -nE 's/^KESTRA_.*(PASSWORD|KEY)=//p' {ROOT}/.env").stdout
    assert not [secret for secret in secrets.split() if secret.strip("'") in shown]
    return done


@contextmanager
def without_compose(vps: Vps) -> Iterator[None]:
    """Docker's plugin is away meanwhile."""
    form = '{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}'
    plugin = vps.run(f"docker info -f '{form}'").stdout.strip()
    vps.run(f"mv {plugin} /root/compose")
    try:
        yield
    finally:
        vps.run(f"mv /root/compose {plugin}")


def health(vps: Vps, services: str = "kestra,postgres") -> dict[str, Any]:
    """With its services by name, and the exit code it came with."""
    done = vps.run(f"{HEALTH} --services {services}", check=False)
    seen: dict[str, Any] = json.loads(done.stdout)
    codes = {"healthy": 0, "degraded": 1, "down": 2}
    assert done.returncode == codes[seen["overallHealth"]], seen
    return {**seen, **{service["name"]: service for service in seen["services"]}}


def until(vps: Vps, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first health that is as awaited; the last one seen tells why there is none."""
    deadline = time.monotonic() + 300
    while not true(seen := health(vps)):
        assert time.monotonic() < deadline, seen
        time.sleep(0.5)
    return seen


def running(vps: Vps, name: str) -> bool:
    return vps.run(f"docker inspect -f '{{{{.State.Running}}}}' {name}").stdout == "true\n"
