"""Where images are, asked of made-up Dockers by the fact's own shell text."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from kestra_provision.facts.script import functions
from kestra_provision.facts.storage import DOCKER_FOLDERS, Room, room_in, rooms

GRAPH_DRIVER = '[["Backing Filesystem","extfs"],["Supports d_type","true"]]'
#: As Docker 26 prints it with the feature `containerd-snapshotter`, and 29 without it.
SNAPSHOTTER = '[["driver-type","io.containerd.snapshotter.v1"]]'


def folders(tmp_path: Path, info: str, config: str = "", system: bool = True) -> list[str]:
    """What the script prints.

    + info: what `docker info` prints; empty when there is no Docker
    + config: containerd's
    + system: whether a containerd of the system runs
    """
    program, toml, listening = (tmp_path / name for name in ("docker", "config.toml", "socket"))
    if info:
        root, _, status = info.partition(" ")
        told = f"server 1\nroot {root}\ndriver {status}"
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{told}\nEND\n")
        program.chmod(0o755)
    toml.write_text(config)
    if system:
        socket.socket(socket.AF_UNIX).bind(str(listening))
    text = f"{functions(DOCKER_FOLDERS)}{DOCKER_FOLDERS.ask}".replace(
        "/etc/containerd/config.toml", str(toml)
    )
    text = text.replace("/run/containerd/containerd.sock", str(listening))
    for tool in ("sed", "cat", "timeout"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    done = subprocess.run(
        ["/bin/sh", "-c", text],
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path), "images": "of the environment"},
    )
    return done.stdout.splitlines()


CONFIG = """version = 2
# root = "/commented"
root = "/mnt/containerd"  # a disk of its own

[plugins."io.containerd.internal.v1.opt"]
root = "/of-a-plugin"
"""


@pytest.mark.parametrize(
    ("info", "config", "found"),
    [
        (f"/data {GRAPH_DRIVER}", CONFIG, ["/data", "/data"]),
        ("/data null", "", ["/data", "/data"]),
        (f"/data {SNAPSHOTTER}", "", ["/data", "/var/lib/containerd"]),
        (f"/data {SNAPSHOTTER}", CONFIG, ["/data", "/mnt/containerd"]),
        (f"/data {SNAPSHOTTER}", "[a]\nroot = '/b'\n", ["/data", "/var/lib/containerd"]),
        (" null", "", ["/var/lib/docker", "/var/lib/containerd"]),
        ("", "", ["/var/lib/docker", "/var/lib/containerd"]),
        ("", CONFIG, ["/var/lib/docker", "/mnt/containerd"]),
    ],
    ids=[
        "Docker's store",
        "no status",
        "containerd's",
        "containerd's elsewhere",
        "root of a plugin",
        "daemon down",
        "no Docker",
        "no Docker, containerd elsewhere",
    ],
)
def test_folders(tmp_path: Path, info: str, config: str, found: list[str]) -> None:
    assert folders(tmp_path, info, config) == found


def test_a_containerd_of_dockers_own(tmp_path: Path) -> None:
    found = folders(tmp_path, f"/data {SNAPSHOTTER}", CONFIG, system=False)
    assert found == ["/data", "/data/containerd/daemon"]


def test_room_of_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    wanted = [tmp_path / "not" / "there yet", tmp_path]
    text = room_in("; ".join(f"echo '{folder}'" for folder in wanted))
    done = subprocess.run(["/bin/sh", "-c", text], capture_output=True, text=True, check=True)
    found = rooms(done.stdout.splitlines())
    assert [room.folder for room in found] == [str(folder) for folder in wanted]
    assert found[0].size_gb == found[1].size_gb > 0


def test_rooms() -> None:
    lines = ["39000000 33000000 /var/lib/docker", "", "df: lost"]
    assert rooms(lines) == [Room("/var/lib/docker", 39.936, 33.792)]
