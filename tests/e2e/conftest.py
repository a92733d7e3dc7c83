"""Disposable servers for the end-to-end tests, and a checkout of its own for each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.vps.archive import TestImages, test_images
from tests.vps.machine import Vps, boot, machines
from tests.vps.workspace import Workspace, host_data, image_data

_PREFIX = "kestra-e2e-"


@dataclass(frozen=True)
class Site:
    """A disposable server and the checkout that provisions it."""

    vps: Vps
    workspace: Workspace
    data: dict[str, Any]

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
            "find /opt /etc/docker /etc/apt -type f -exec sha256sum {} + 2>/dev/null | sort; "
            "dpkg-query -W | sha256sum; docker ps -aq --no-trunc 2>/dev/null | sort"
        ).stdout


@pytest.fixture(scope="session")
def images() -> TestImages:
    """The stand-in's archive, or the one KESTRA_IMAGE_ARCHIVE names."""
    return test_images()


@pytest.fixture(scope="session")
def new_site(
    images: TestImages, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Site]]:
    """Boots servers; `docker=True` has the packages already. All are removed at the end."""
    booted: list[Vps] = []
    _remove_leftovers()

    def make(name: str, **options: Any) -> Site:
        # The process in the name lets two runs go on beside each other.
        vps = boot(f"{_PREFIX}{name}-{os.getpid()}", **options)
        booted.append(vps)
        directory: Path = tmp_path_factory.mktemp(name) / "checkout"
        site = Site(vps, Workspace.make(directory), image_data(images))
        site.declare()
        return site

    yield make
    for vps in booted:
        vps.destroy()


def _remove_leftovers() -> None:
    """Servers of runs that were killed before they could remove them."""
    for vps in machines(stopped=True):
        process = vps.name.rpartition("-")[2]
        if vps.name.startswith(_PREFIX) and not Path(f"/proc/{process}").exists():
            vps.destroy()


@pytest.fixture(scope="session")
def converged(new_site: Callable[..., Site]) -> Site:
    """A provisioned server, shared; who breaks it mends it by a deploy."""
    site = new_site("converged", docker=True)
    done = site.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return site


def found(report: dict[str, Any], severity: str = "drift") -> list[dict[str, str]]:
    """The findings of this severity in the report of a single host."""
    (host,) = report["hosts"]
    return [finding for finding in host["findings"] if finding["severity"] == severity]


def changed(done: CompletedProcess[str]) -> int:
    """The number of changed operations in the table at the end of a deploy."""
    row = next(line for line in done.stderr.splitlines() if " changed, " in line)
    return int(row.split(" changed, ")[0].split()[-1])
