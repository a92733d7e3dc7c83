"""What a run that changes nothing costs: python -m bench.noop

Boots and provisions a disposable server, then counts the channels of a no-op deploy, a plan and a
drift check, and sets their wall time beside a bare `ssh HOST true` of the same minute; and ten
hosts in one drift check (ten connections to that server) beside one.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.channels import count_channels
from kestra_provision.text.table import table
from tests.vps.archive import test_images
from tests.vps.machine import Vps, boot
from tests.vps.workspace import Workspace, host_data, image_data

_RUNS = 5
_HOSTS = 10
_LINES = {
    "deploy, nothing to do": ("pyinfra", "inventory", "deploy.py", "-y"),
    "plan (--dry)": ("pyinfra", "inventory", "deploy.py", "--dry"),
    "drift check": ("kestra-provision", "drift", "inventory"),
}


def main() -> None:
    """Prints two tables."""
    vps = boot("kestra-bench", docker=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            workspace = Workspace.make(Path(folder) / "checkout")
            _name(vps, workspace, 1)
            done = workspace.deploy("-y")
            if done.returncode:
                sys.exit(done.stderr)
            _one(vps, workspace)
            _several(vps, workspace)
    finally:
        vps.destroy()


def _name(vps: Vps, workspace: Workspace, hosts: int) -> None:
    known_hosts = workspace.directory / "known_hosts"
    data = {**host_data(vps, known_hosts), **image_data(test_images())}
    workspace.name_hosts({f"{vps.name}-{number}": data for number in range(hosts)})


def _one(vps: Vps, workspace: Workspace) -> None:
    bare = _median(lambda: vps.ssh("true"))
    rows = [["run", "exec channels", "HTTP channels", "median", "times ssh HOST true"]]
    rows.append(["ssh HOST true", "1", "0", f"{bare:.2f} s", "1.0"])
    for title, line in _LINES.items():
        counts = count_channels(workspace, *line)
        seconds = _median(lambda given=line: workspace.run(*given))  # type: ignore[misc]
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


def _several(vps: Vps, workspace: Workspace) -> None:
    line = _LINES["drift check"]
    one = _median(lambda: workspace.run(*line))
    _name(vps, workspace, _HOSTS)
    many = _median(lambda: workspace.run(*line))
    rows = [["hosts in one drift check", "median", "ratio"]]
    rows.append(["1", f"{one:.2f} s", "1.0"])
    rows.append([str(_HOSTS), f"{many:.2f} s", f"{many / one:.1f}"])
    print(f"\n{table(rows)}")


def _median(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
