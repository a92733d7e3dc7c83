"""What a sync of many flows and files costs: python -m bench.flows

Boots and provisions a disposable server, and applies 500 flows, then 2,000 files beside them: the
first time, when nothing has changed, and when one has. HTTP calls are counted; the wall time of the
rest stands beside that of the first.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.channels import count_channels
from kestra_provision.text.table import table
from tests.vps.archive import test_images
from tests.vps.machine import boot
from tests.vps.workspace import Workspace, host_data, image_data

_FLOWS, _FILES, _NAMESPACES = 500, 2000, 10
_FLOW = """\
id: {name}
namespace: {namespace}
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: {message}
"""
_APPLY = ("pyinfra", "inventory", "runbooks/flows.py", "-y")


def main() -> None:
    """Prints a table."""
    vps = boot("kestra-bench", docker=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            workspace = Workspace.make(Path(folder) / "one")
            known_hosts = workspace.directory / "known_hosts"
            data = {**host_data(vps, known_hosts), **image_data(test_images())}
            workspace.name_hosts({vps.name: data})
            done = workspace.deploy("-y")
            if done.returncode:
                sys.exit(done.stderr)
            _measured(workspace)
    finally:
        vps.destroy()


def _measured(workspace: Workspace) -> None:
    root = workspace.directory / "flows"
    steps: dict[str, Callable[[], None]] = {
        f"{_FLOWS} flows, the first time": lambda: _flows(root),
        "nothing has changed": lambda: None,
        "one flow has changed": lambda: _flow(root, 0, "changed"),
        f"{_FILES} files beside them, the first time": lambda: _files(root),
        "nothing has changed, with files": lambda: None,
    }
    rows, first = [["flows apply", "HTTP calls", "exec channels", "seconds", "ratio"]], 0.0
    for title, change in steps.items():
        change()
        start = time.perf_counter()
        counts = count_channels(workspace, *_APPLY)
        seconds = time.perf_counter() - start
        first = first or seconds
        shown = (str(counts["http"]), str(counts["session"]))
        rows.append([title, *shown, f"{seconds:.1f}", f"{seconds / first:.2f}"])
    print(table(rows))


def _flows(root: Path) -> None:
    for number in range(_FLOWS):
        _flow(root, number, "hi")


def _flow(root: Path, number: int, message: str) -> None:
    namespace, name = f"bench.n{number % _NAMESPACES}", f"flow-{number}"
    (root / namespace).mkdir(parents=True, exist_ok=True)
    source = _FLOW.format(name=name, namespace=namespace, message=message)
    (root / namespace / f"{name}.yaml").write_text(source)


def _files(root: Path) -> None:
    for number in range(_FILES):
        folder = root / f"bench.n{number % _NAMESPACES}" / "_files" / f"d{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(f"{number}\n" * 20)


if __name__ == "__main__":
    main()
