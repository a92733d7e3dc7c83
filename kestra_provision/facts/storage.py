"""Where Docker keeps what it holds, and how much room there is.

Docker 29 on a fresh host, and older ones with the feature `containerd-snapshotter`, keep images in
containerd's folder and not in Docker's. Each may be a disk of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kestra_provision.facts.docker import INFO
from kestra_provision.facts.script import Once

#: Docker takes the containerd that it finds, and else starts one in a folder of its own.
_CONTAINERD = (
    'if [ -S /run/containerd/containerd.sock ] || [ -z "$docker" ]; then '
    r"root=$(sed -n '/^ *\[/q; s|^ *root *= *[^/]*\(/[A-Za-z0-9/._-]*\).*|\1|p' "
    "/etc/containerd/config.toml); echo ${root:-/var/lib/containerd}; "
    "else echo $docker/containerd/daemon; fi"
)
#: Two folders, a line each: Docker's own, and the one with the images, often the same. While Docker
#: does not answer it may come to be either.
DOCKER_FOLDERS = Once(
    "docker_folders",
    f"""{INFO.ask} | {{
docker= images=docker
while read -r key value; do
    case $key in
        root) docker=$value ;;
        driver) case $value in *io.containerd.snapshotter*) images=containerd ;; esac ;;
    esac
done
echo ${{docker:-/var/lib/docker}}
if [ "$docker" ] && [ $images = docker ]; then echo $docker; el{_CONTAINERD}
}}""",
    needs=(INFO,),
)


@dataclass(frozen=True)
class Room:
    """A folder, and what its filesystem holds and has left, in GB of 10^9 bytes."""

    folder: str = ""
    size_gb: float = 0.0
    free_gb: float = 0.0


NO_ROOM = Room()


def room_in(folders: str) -> str:
    """Shell text that measures the filesystems of folders, whether they are there already or not.

    + folders: shell text that prints them, a line each

    Of one that is not there yet its nearest parent is measured. `df` prints a line for each, in
    their order.
    """
    existing = 'a=/${d#/}; while [ ! -d "$a" ]; do a=${a%/*}; a=${a:-/}; done'
    named = """awk 'BEGIN {split(ENVIRON["all"], d, "|")} NR > 1 {print $2, $4, d[NR - 1]}'"""
    return (
        f"{{ {folders}; }} | {{ set --; all=; while read -r d; do {existing}; "
        f'set -- "$@" "$a"; all="$all$d|"; done; df -Pk "$@" | all=$all {named}; }}'
    )


def rooms(lines: Iterable[str]) -> list[Room]:
    """What `room_in` printed."""
    rows = [line.split(" ", 2) for line in lines]
    return [
        Room(folder, int(size) * 1024 / 1e9, int(free) * 1024 / 1e9)
        for size, free, folder in (row for row in rows if len(row) == 3)
    ]
