"""Debian packages as files, for hosts that get them from the laptop."""

from __future__ import annotations

from pathlib import Path

from tests.vps.engine import cache_dir, docker, exclusive
from tests.vps.images import base_image


def compose_deb() -> Path:
    """Debian 13's compose plugin, which runs on Debian 12 too; fetched once from its mirror."""
    folder = cache_dir() / "compose-deb"
    with exclusive("compose-deb"):
        if not list(folder.glob("*.deb")):
            folder.mkdir(exist_ok=True)
            # Root's own folder is closed to apt's user; a notice about that is all it says.
            fetch = "apt-get -qq update && cd /out && apt-get -qq download docker-compose"
            options = ["--rm", "--network=host", f"--volume={folder}:/out"]
            docker("run", *options, base_image("trixie"), "sh", "-c", fetch)
        return max(folder.glob("*.deb"))
