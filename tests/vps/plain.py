"""A server without systemd, which provisions itself: no SSH, this checkout, init scripts."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.vps import engine
from tests.vps.images import vps_image
from tests.vps.machine import ARRANGEMENT, LABEL, Vps
from tests.vps.workspace import Workspace

_REPOSITORY = Path(__file__).resolve().parent.parent.parent
# Debian's init script raises `ulimit -n` above what a container may have.
_PREPARE = "mount -o remount,rw /proc/sys && echo 'ulimit() { :; }' >> /etc/default/docker"


@dataclass(frozen=True)
class PlainVps:
    """A machine whose process 1 is no systemd; `workspace` is its checkout."""

    vps: Vps
    workspace: Workspace

    def pyinfra(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs pyinfra on it, with the Python of this process, mounted at the same path."""
        program = [str(Path(sys.executable).parent / "pyinfra"), *arguments]
        place = shlex.quote(str(self.workspace.directory))
        return self.vps.run(f"cd {place} && {shlex.join(program)} < /dev/null", check=False)


def boot_plain(name: str, workspace: Workspace, archive: Path) -> PlainVps:
    """Starts one of this name, with Docker's packages and nothing running.

    + workspace: mounted where it is here
    + archive: the images, mounted where they are here
    """
    vps = Vps(name, Path())
    vps.destroy()
    mounts = {str(_REPOSITORY): "ro", str(archive): "ro", str(workspace.directory): "rw"}
    # The system's own Python is there already.
    mounts.update({path: "ro" for path in (sys.prefix, sys.base_prefix) if path != "/usr"})
    volumes = [f"--volume={path}:{path}:{mode}" for path, mode in mounts.items()]
    identity = [f"--name={name}", f"--hostname={name}", f"--label={LABEL}=plain"]
    run = ["run", "--detach", "--init", *identity, *ARRANGEMENT, *volumes]
    engine.docker(*run, vps_image(docker=True), "sleep", "infinity")
    try:
        vps.run(_PREPARE)
    except BaseException:
        vps.destroy()
        raise
    return PlainVps(vps, workspace)
