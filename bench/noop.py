"""What a run that changes nothing costs: python -m bench.noop

Boots and provisions a disposable server, then counts the channels of a no-op deploy and a plan,
and sets their wall time beside a bare `ssh HOST true` of the same minute.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kestra_provision.table import table
from tests.vps.archive import test_images
from tests.vps.machine import Vps, boot
from tests.vps.workspace import Workspace, host_data, image_data

_RUNS = 5


def main() -> None:
    """Prints one table."""
    vps = boot("kestra-bench", docker=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(vps, Workspace.make(Path(folder) / "checkout"))
    finally:
        vps.destroy()


def _measure(vps: Vps, workspace: Workspace) -> None:
    known_hosts = workspace.directory / "known_hosts"
    workspace.name_hosts({vps.name: {**host_data(vps, known_hosts), **image_data(test_images())}})
    done = workspace.deploy("-y")
    if done.returncode:
        sys.exit(done.stderr)
    bare = _median(lambda: vps.ssh("true"))
    rows = [["run", "exec channels", "HTTP channels", "median", "times ssh HOST true"]]
    rows.append(["ssh HOST true", "1", "0", f"{bare:.2f} s", "1.0"])
    for title, arguments in (("deploy, nothing to do", ["-y"]), ("plan (--dry)", ["--dry"])):
        counts = count_channels(workspace, *arguments)
        seconds = _median(lambda given=arguments: workspace.deploy(*given))  # type: ignore[misc]
        rows.append(
            [
                title,
                str(counts.get("session", 0)),
                str(counts.get("direct-tcpip", 0)),
                f"{seconds:.2f} s",
                f"{seconds / bare:.1f}",
            ]
        )
    print(table(rows))


def count_channels(workspace: Workspace, *arguments: str) -> dict[str, int]:
    """Channels of one `pyinfra inventory deploy.py` by kind. Raises when that run fails."""
    file = workspace.directory / "channels.json"
    repository = str(Path(__file__).resolve().parent.parent)
    done = workspace.run(
        "python",
        *("-m", "bench.counted", str(file), "inventory", "deploy.py", *arguments),
        env={"PYTHONPATH": repository},
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    counts: dict[str, int] = json.loads(file.read_text())
    return counts


def _median(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
