"""Debian's promtool, unpacked and not installed: its package would start a Prometheus."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.vps.engine import EngineError, apt_get, cache_dir, call, exclusive


def promtool() -> str:
    """Path of the program; downloaded once where the machine has none."""
    if there := shutil.which("promtool"):
        return there
    folder = cache_dir() / "prometheus"
    program = folder / "usr/bin/promtool"
    with exclusive("promtool"):
        if not program.exists():
            _unpack(folder)
    return str(program)


def run(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Its exit code says whether all is well."""
    return subprocess.run(
        [promtool(), *arguments], cwd=directory, capture_output=True, text=True, timeout=60
    )


def _unpack(folder: Path) -> None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise EngineError("promtool is missing: install it (Debian: apt-get install prometheus)")
    folder.mkdir(exist_ok=True)
    with contextlib.chdir(folder):  # where apt-get downloads to
        apt_get("download", "prometheus")
    (package,) = folder.glob("prometheus_*.deb")
    call(["dpkg-deb", "-x", str(package), str(folder)])
    package.unlink()
