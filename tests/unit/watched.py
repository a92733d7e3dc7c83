"""The watch below a folder of a test, with a health check that answers what the test says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kestra_provision.profiles import stack_of
from kestra_provision.render.host.watch import render_watch
from kestra_provision.settings import Settings
from kestra_provision.stack.stack import Stack
from tests.unit.host_files import installed

_HEALTH_CHECK = '#!/bin/sh\ncat "$0.json"\n'
#: As systemd, only those that match the pattern, which comes last.
_FAILED_UNITS = """#!/bin/bash
while read -r unit rest; do
    [[ $unit != ${!#} ]] || echo "$unit $rest"
done <"$0.failed"
"""
_LOCK = "/var/lib/kestra-provision"


def with_watch(settings: Settings, root: Path) -> Path:
    """Adds the watch's scripts to the host's other ones below `root`."""
    for file in render_watch(settings, systemd=True):
        if file.path.startswith(f"{settings.root_dir}/"):
            path = root / Path(file.path).relative_to(settings.root_dir)
            path.write_text(file.content.replace(settings.root_dir, str(root)))
            path.chmod(int(file.mode, 8))
    return root


@dataclass
class Watched:
    """A host of files only. `told` is what reached the operator so far."""

    folder: Path
    settings: Settings
    stack: Stack | None = None
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = with_watch(
            self.settings, installed(self.settings, self.folder / "root", self.stack)
        )
        common = self.root / "scripts/lib/common.sh"
        common.write_text(common.read_text().replace(_LOCK, str(self.folder / "var")))
        self.program("id", "#!/bin/sh\necho 0\n")
        self.program("iptables-save", "#!/bin/sh\nexit 1\n")
        self.program("systemctl", _FAILED_UNITS)
        (self.folder / "bin/systemctl.failed").touch()
        self.check = self.root / "scripts/maintenance/health-check-all.sh"
        self.check.write_text(_HEALTH_CHECK)
        self.health("healthy")

    def program(self, name: str, text: str) -> None:
        """Puts a program before the machine's own."""
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def health(
        self,
        overall: str,
        *,
        problems: Sequence[str] = (),
        **states: str,
    ) -> None:
        """What the health check answers from now on, laid out as the real one does.

        + states: by service; those that are not named run
        """
        names = (self.stack or stack_of(self.settings)).containers
        services = ",\n".join(
            f"    {json.dumps({'name': name, 'container': name, 'health': '', 'state': state})}"
            for name in names
            if (state := states.get(name, "running"))
        )
        host = json.dumps({"disk_free_percent": 50, "problems": list(problems)})
        Path(f"{self.check}.json").write_text(
            f'{{\n  "overallHealth": "{overall}",\n  "services": [\n{services}\n  ],\n'
            f'  "host": {host}\n}}\n'
        )

    def failed(self, *units: str) -> None:
        """Which units systemd calls failed."""
        lines = "".join(f"{unit} loaded failed failed what it is\n" for unit in units)
        (self.folder / "bin/systemctl.failed").write_text(lines)

    def tick(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs the watch once."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            [self.root / "scripts/maintenance/watch.sh"],
            env={**os.environ, "PATH": path, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def lock(self) -> Path:
        return self.folder / "var" / f"{self.settings.project_name}.lock"

    def hold_lock(self, holder: Mapping[str, object]) -> None:
        """Somebody works here."""
        self.lock.mkdir(parents=True)
        text = "".join(f"{key}={value}\n" for key, value in holder.items())
        (self.lock / "holder").write_text(text)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The messages of notify_command, which appends them to a file."""
        file = self.folder / "told"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def causes(self) -> list[str]:
        return [message["cause"] or message["state"] for message in self.told]
