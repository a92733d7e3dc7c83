"""A folder in which the literal command works: the repository's files, an inventory of its own."""

from __future__ import annotations

import os
import pprint
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.vps.archive import TestImages
from tests.vps.machine import Vps

_REPOSITORY = Path(__file__).resolve().parent.parent.parent
_SHARED = ("deploy.py", "config.py", "tasks", "runbooks", "templates", "group_data")
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Workspace:
    """Like an operator's checkout, but nobody's own inventory or `.env` is touched."""

    directory: Path

    @classmethod
    def make(cls, directory: Path) -> Workspace:
        """Makes the folder anew, with links to the repository's files."""
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "inventory").mkdir(parents=True)
        for name in _SHARED:
            (directory / name).symlink_to(_REPOSITORY / name)
        return cls(directory)

    def name_hosts(self, vpses: Mapping[str, Mapping[str, Any]]) -> None:
        """Writes the inventory: host data by name."""
        text = f"servers = {pprint.pformat([(n, dict(d)) for n, d in vpses.items()], width=100)}\n"
        (self.directory / "inventory" / "servers.py").write_text(text)

    def pyinfra(
        self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 900
    ) -> subprocess.CompletedProcess[str]:
        """Runs pyinfra here with the operator's environment less its KESTRA_ names."""
        return self.run("pyinfra", *arguments, env=env, timeout=timeout)

    def deploy(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """`pyinfra inventory deploy.py` with further arguments."""
        return self.pyinfra("inventory", "deploy.py", *arguments, **options)

    def run(
        self,
        program: str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        timeout: float = 900,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program of the environment here; stdout and stderr are kept apart."""
        return subprocess.run(
            [str(_BIN / program), *arguments],
            cwd=self.directory,
            env={**clean_environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )


def clean_environment() -> dict[str, str]:
    """This process's environment without settings for Kestra."""
    return {key: value for key, value in os.environ.items() if not key.startswith("KESTRA_")}


def host_data(vps: Vps, known_hosts: Path) -> dict[str, Any]:
    """What an inventory says of a disposable server.

    Docker comes from Debian there: its mirror is in reach where download.docker.com is not. The
    watch looks when a test starts it, and not in between.
    """
    known_hosts.touch()
    return {
        "ssh_hostname": vps.address,
        "ssh_port": vps.port,
        "ssh_user": vps.user,
        "ssh_key": str(vps.key),
        "ssh_known_hosts_file": str(known_hosts),
        "docker_source": "distro",
        "watch_interval_minutes": 59,
    }


def image_data(images: TestImages) -> dict[str, Any]:
    """What an inventory says of images from an archive. Old ones and moving tags will do here."""
    return {
        "image_source": "archive",
        "image_archive": str(images.archive),
        "image_archive_sha256": images.sha256,
        "kestra_image": images.kestra,
        "postgres_image": images.postgres,
        "accept_vulnerable_version": True,
        "allow_latest": True,
    }
