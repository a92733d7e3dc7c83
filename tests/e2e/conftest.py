"""Disposable servers for the end-to-end tests, and a checkout of its own for each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from kestra_provision.profiles import DEFAULT, PROFILES, SETTINGS
from kestra_provision.stack.stack import Stack
from tests.vps.archive import TestImages, test_images
from tests.vps.machine import Vps, boot, machines
from tests.vps.workspace import Workspace, host_data, image_data

_PREFIX = "kestra-e2e-"


def freezing(container: str) -> str:
    """A process that is just being made keeps the kernel from freezing its group."""
    return f"for i in $(seq 20); do docker pause {container} && break; sleep 0.5; done"


FREEZE_DATABASE = freezing("tools-kestra-postgres")


def stopping(container: str) -> str:
    """Past Docker, which starts no container again that it was told to send any signal."""
    # One that Docker is about to start again has the pid 0, which would be this shell's group.
    return f"until {_first(container)}; [ $pid != 0 ]; do sleep 0.2; done; kill -STOP {_OF_IT}"


def releasing(container: str) -> str:
    """What was stopped like that goes on."""
    return f"{_first(container)}; kill -CONT {_OF_IT}"


def _first(container: str) -> str:
    return f"pid=$(docker inspect -f '{{{{.State.Pid}}}}' {container})"


#: The first process may be an init, which waits for the one that works.
_OF_IT = "$pid $(cat /proc/$pid/task/$pid/children)"
STOP_KESTRA, RELEASE_KESTRA = stopping("tools-kestra"), releasing("tools-kestra")
HEALTH_CHECK = "/opt/kestra/scripts/maintenance/health-check-all.sh"
#: Or two looks, one after the other, would see two states of a Kestra that is starting.
WAIT_FOR_KESTRA = f"timeout 300 sh -c 'until {HEALTH_CHECK}; do sleep 1; done' > /dev/null"
#: Until what becomes of a Kestra without its database is seen: one closes its ports, one hangs, one
#: says so, one exits.
WAIT_FOR_SICK_KESTRA = (
    f"timeout 300 sh -c 'until {HEALTH_CHECK} --services kestra | "
    'grep -qE "overallHealth.*(degraded|down)"; do sleep 1; done\''
)
#: Where a server that lives writes by itself: Kestra, its log, Docker while a health check runs,
#: and the host's own watch.
_ITS_OWN = (
    "/opt/kestra/tools/kestra/storage*",
    "/opt/kestra/tools/kestra/workdir*",
    "/opt/kestra/tools/kestra/database*",
    "/opt/kestra/tools/n8n/data*",
    "/var/log/*",
    "*/runc-process*",
    "/var/lib/kestra-provision",
    "/var/lib/kestra-provision/*.watch*",
)


@dataclass(frozen=True)
class Site:
    """A disposable server and the checkout that provisions it."""

    vps: Vps
    workspace: Workspace
    data: dict[str, Any]

    @property
    def stack(self) -> Stack:
        """What its profile makes of what is declared."""
        profile = PROFILES[self.data.get("profile", DEFAULT)]
        return profile.stack(profile.settings.model_validate(self.data))

    def of_profile(self, profile: str) -> Site:
        """The same server with this profile, and of what is declared what is a setting of it."""
        known = SETTINGS[profile].model_fields
        kept = {name: value for name, value in self.data.items() if name in known}
        site = replace(self, data={**kept, "profile": profile})
        site.declare()
        return site

    def declare(self, **data: Any) -> None:
        """Writes the inventory, with `data` on top of what the images and the connection need."""
        known_hosts = self.workspace.directory / "known_hosts"
        self.workspace.name_hosts(
            {self.vps.name: {**host_data(self.vps, known_hosts), **self.data, **data}}
        )

    def deploy(self, *arguments: str, **options: Any) -> CompletedProcess[str]:
        """`pyinfra inventory deploy.py -y`"""
        return self.workspace.deploy("-y", *arguments, **options)

    def plan(self) -> list[str]:
        """Names of the operations that would change something, conditional ones included."""
        done = self.workspace.deploy("--dry", "--json")
        assert done.returncode == 0, done.stderr
        return [
            str(operation["name"])
            for operation in json.loads(done.stdout)["plan"]
            if operation["hosts_with_change"] or operation["hosts_with_conditional_change"]
        ]

    def command(self, *arguments: str, **options: Any) -> CompletedProcess[str]:
        """`kestra-provision …`"""
        return self.workspace.run("kestra-provision", *arguments, **options)

    def drift(self, *arguments: str) -> dict[str, Any]:
        """The report of `kestra-provision drift inventory --json`; its exit code agrees."""
        done = self.command("drift", "inventory", "--json", *arguments)
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == report["exit_code"]
        return report

    def fingerprint(self) -> str:
        """Everything on the server that a refused run might have touched."""
        return self.vps.run(
            # Without what a Kestra that lives writes by itself.
            "find /opt /etc/docker /etc/apt -ignore_readdir_race "
            "-path /opt/kestra/tools/kestra/storage -prune "
            "-o -path /opt/kestra/tools/kestra/workdir -prune "
            "-o -path /opt/kestra/tools/kestra/database -prune "
            "-o -type f -exec sha256sum {} + 2>/dev/null | sort; "
            "dpkg-query -W | sha256sum; docker ps -aq --no-trunc 2>/dev/null | sort"
        ).stdout

    def mark(self) -> None:
        """From here on `newer` tells; the clock of files goes in steps, so one is waited for."""
        self.vps.run("cd /run; touch before; until touch after && [ after -nt before ]; do :; done")

    def newer(self) -> str:
        """What was written on the server's disk since `mark`, other than by itself."""
        own = " ".join(f"-not -path '{path}'" for path in _ITS_OWN)
        # Mount points are listed too, and /root changes when a shell looks for its history.
        places = "-not -path /run -not -path /tmp -not -path /root -not -path /dev"
        return self.vps.run(
            f"find / -xdev -ignore_readdir_race -newer /run/before -not -type s {places} {own}"
        ).stdout

    @contextmanager
    def port_taken(self, port: int) -> Iterator[None]:
        """A python3 of somebody else listens there on the server's loopback."""
        self.vps.run(
            f"systemd-run --quiet --collect --unit=stranger-{port} "
            f"python3 -m http.server {port} --bind 127.0.0.1; "
            f"until ss -Hltn | grep -q 127.0.0.1:{port}; do sleep 0.1; done"
        )
        try:
            yield
        finally:
            self.vps.run(f"systemctl stop stranger-{port}")


_Boot = Callable[[], AbstractContextManager[Callable[..., Site]]]


@pytest.fixture(scope="session")
def images() -> TestImages:
    """The stand-in's archive, or the one KESTRA_IMAGE_ARCHIVE names."""
    return test_images()


@pytest.fixture(scope="session")
def _booting(images: TestImages, tmp_path_factory: pytest.TempPathFactory) -> _Boot:
    _remove_leftovers()

    @contextmanager
    def booting() -> Iterator[Callable[..., Site]]:
        booted: list[Vps] = []

        def make(name: str, **options: Any) -> Site:
            # The process in the name lets two runs go on beside each other.
            vps = boot(f"{_PREFIX}{name}-{os.getpid()}", **options)
            booted.append(vps)
            directory: Path = tmp_path_factory.mktemp(name) / "checkout"
            site = Site(vps, Workspace.make(directory), image_data(images))
            site.declare()
            return site

        try:
            yield make
        finally:
            for vps in booted:
                vps.destroy()

    return booting


@pytest.fixture(scope="module")
def new_site(_booting: _Boot) -> Iterator[Callable[..., Site]]:
    """Boots servers; `docker=True` has the packages already. They go with their module.

    Each that idles costs the tests after it processor time.
    """
    with _booting() as make:
        yield make


def _remove_leftovers() -> None:
    """Servers of runs that were killed before they could remove them."""
    for vps in machines(stopped=True):
        process = vps.name.rpartition("-")[2]
        if vps.name.startswith(_PREFIX) and not Path(f"/proc/{process}").exists():
            vps.destroy()


@pytest.fixture(scope="session")
def converged(_booting: _Boot) -> Iterator[Site]:
    """A provisioned server, shared; who breaks it mends it by a deploy."""
    with _booting() as make:
        site = make("converged", docker=True)
        done = site.deploy()
        assert done.returncode == 0, done.stdout + done.stderr
        yield site


def found(report: dict[str, Any], severity: str = "drift") -> list[dict[str, str]]:
    """The findings of this severity in the report of a single host."""
    (host,) = report["hosts"]
    return [finding for finding in host["findings"] if finding["severity"] == severity]


def changed(done: CompletedProcess[str]) -> int:
    """The number of changed operations in the table at the end of a deploy."""
    row = next(line for line in done.stderr.splitlines() if " changed, " in line)
    return int(row.split(" changed, ")[0].split()[-1])
