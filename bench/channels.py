"""How many SSH channels a command line opens."""

from __future__ import annotations

import json
from pathlib import Path

from tests.vps.workspace import Workspace


def count_channels(workspace: Workspace, *line: str) -> dict[str, int]:
    """Channels of one command line by kind.

    + line: such as `pyinfra inventory deploy.py -y`

    Raises `RuntimeError` when the run fails.
    """
    file = workspace.directory / "channels.json"
    repository = str(Path(__file__).resolve().parent.parent)
    arguments = ("-m", "bench.counted", str(file), *line)
    done = workspace.run("python", *arguments, env={"PYTHONPATH": repository})
    if done.returncode:
        raise RuntimeError(done.stderr)
    counts: dict[str, int] = json.loads(file.read_text())
    return counts
