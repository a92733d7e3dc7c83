"""The independent control suite, as a user would point it at a server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.vps.machine import Vps

_REPOSITORY = Path(__file__).resolve().parents[2]


def verified(vps: Vps, *options: str, only: str = "") -> None:
    """`tests/machine` passes there.

    + options: what the server does not say itself
    + only: one file of them, where the rest was verified on a server of the same profile
    """
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "pytest", "-q", f"tests/machine/{only}"),
            f"--hosts=ssh://root@{vps.address}",
            f"--ssh-identity-file={vps.key}",
            *options,
            "--ssh-extra-args=-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
        ],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout
