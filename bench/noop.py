"""What a run that changes nothing costs: python -m bench.noop

Boots and provisions a disposable server, and counts what a no-op deploy, a plan and a drift check
cost it and the laptop: SSH channels, calls of docker, processes, seconds of the processors. Their
wall time stands beside a bare `ssh HOST true`, taken by turns, because a busy machine slows both.

Then ten hosts in one drift check, which are ten connections to that one server: it does the work
of ten on the processors that the laptop has as well. So the laptop's part is shown for itself.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.channels import count_channels
from bench.host import docker_calls, host_cost
from kestra_provision.text.table import table
from tests.vps.archive import test_images
from tests.vps.machine import Vps, boot
from tests.vps.workspace import Workspace, host_data, image_data

_RUNS = 5
_HOSTS = 10
_MANY = 50
_LINES = {
    "deploy, nothing to do": ("pyinfra", "inventory", "deploy.py", "-y"),
    "plan (--dry)": ("pyinfra", "inventory", "deploy.py", "--dry"),
    "drift check": ("kestra-provision", "drift", "inventory"),
}


@dataclass(frozen=True)
class _Cost:
    """Medians of one command, in seconds.

    + laptop, host: of the processors
    + started: processes and threads on the host
    """

    wall: float
    laptop: float
    host: float
    started: float


def main() -> None:
    """Prints two tables."""
    vps = boot("kestra-bench", docker=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            one, ten = (Workspace.make(Path(folder) / name) for name in ("one", "ten"))
            _name(vps, one, 1)
            _name(vps, ten, _HOSTS)
            done = one.deploy("-y")
            if done.returncode:
                sys.exit(done.stderr)
            _one(vps, one)
            _several(vps, one, ten)
    finally:
        vps.destroy()


def _name(vps: Vps, workspace: Workspace, hosts: int) -> None:
    known_hosts = workspace.directory / "known_hosts"
    data = {**host_data(vps, known_hosts), **image_data(test_images())}
    workspace.name_hosts({f"{vps.name}-{number}": data for number in range(hosts)})


def _one(vps: Vps, workspace: Workspace) -> None:
    bare = "ssh HOST true"
    runs: dict[str, Callable[[], Any]] = {bare: lambda: vps.ssh("true")}
    runs |= {title: _run(workspace, line) for title, line in _LINES.items()}
    costs = _by_turns(vps, runs)
    rows = [
        [
            "run",
            "exec channels",
            "HTTP channels",
            "calls of docker",
            "processes on the host",
            "CPU of the host",
            "CPU of the laptop",
            "median",
            f"times {bare}",
        ]
    ]
    for title, cost in costs.items():
        channels, calls = _counts(vps, workspace, title)
        rows.append(
            [
                title,
                str(channels.get("session", 1)),
                str(channels.get("direct-tcpip", 0)),
                str(calls),
                f"{cost.started:.0f}",
                f"{cost.host:.2f} s",
                f"{cost.laptop:.2f} s",
                f"{cost.wall:.2f} s",
                f"{cost.wall / costs[bare].wall:.1f}",
            ]
        )
    print(table(rows))


def _several(vps: Vps, one: Workspace, ten: Workspace) -> None:
    line = _LINES["drift check"]
    costs = _by_turns(vps, {"1": _run(one, line), str(_HOSTS): _run(ten, line)})
    first, last = costs["1"], costs[str(_HOSTS)]
    rows = [["hosts in one drift check", "CPU of the host", "CPU of the laptop", "median", "ratio"]]
    for hosts, cost in costs.items():
        spent = (f"{cost.host:.2f} s", f"{cost.laptop:.2f} s", f"{cost.wall:.2f} s")
        rows.append([hosts, *spent, f"{cost.wall / first.wall:.1f}"])
    each = (last.laptop - first.laptop) / (_HOSTS - 1)
    for number in (_HOSTS, _MANY):
        laptop = first.laptop + (number - 1) * each
        wall = first.wall + (number - 1) * each
        title = f"{number}, each a server of its own (reckoned)"
        rows.append([title, "", f"{laptop:.2f} s", f"{wall:.2f} s", f"{wall / first.wall:.1f}"])
    print(f"\n{table(rows)}\n\nOne host more costs the laptop {each:.3f} s.")


def _run(workspace: Workspace, line: tuple[str, ...]) -> Callable[[], Any]:
    return lambda: workspace.run(*line)


def _counts(vps: Vps, workspace: Workspace, title: str) -> tuple[dict[str, int], int]:
    """Channels by kind and calls of docker; none for a command that is not ours."""
    if title not in _LINES:
        return {}, 0
    with docker_calls(vps) as calls:
        channels = count_channels(workspace, *_LINES[title])
    return channels, calls.total()


def _by_turns(vps: Vps, runs: dict[str, Callable[[], Any]]) -> dict[str, _Cost]:
    """Each once, and again, so that what else the machine does falls on all of them."""
    seen: dict[str, list[_Cost]] = {title: [] for title in runs}
    for _ in range(_RUNS):
        for title, run in runs.items():
            seen[title].append(_cost(vps, run))
    return {title: _median(costs) for title, costs in seen.items()}


def _cost(vps: Vps, run: Callable[[], Any]) -> _Cost:
    with host_cost(vps) as host:
        start, spent = time.perf_counter(), _spent()
        run()
        wall, laptop = time.perf_counter() - start, _spent() - spent
    return _Cost(wall, laptop, host.seconds, host.started)


def _spent() -> float:
    """Seconds of the processors that ended children took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _median(costs: list[_Cost]) -> _Cost:
    return _Cost(
        *(
            statistics.median(getattr(cost, name) for cost in costs)
            for name in ("wall", "laptop", "host", "started")
        )
    )


if __name__ == "__main__":
    main()
