"""Runs commands of `kestra-provision` on a bare host that is made up, and writes down what is said.

A program of its own, as `golden_host` (`python -m tests.unit.golden_cli`, in a folder with an
inventory that has the host vps1).
"""

from __future__ import annotations

import json
import sys
from unittest.mock import patch

from click import Group
from click.testing import CliRunner
from pyinfra.api.state import State

from kestra_provision.cli import main as kestra_provision
from tests.unit.golden_host import ANSWERS, RECORDERS, Recorder, pretend

_RECORD = (
    '{"time": "2026-01-02T03:04:05Z", "host": "vps1", "action": "restart", "operator": "a@b", '
    '"reason": "ümläut", "result": "healthy", "duration_s": 7, "before": {"kestra": "k:1"}, '
    '"after": {"kestra": "k:2"}}'
)
_HOLDER = ["KIND=manual", "WHO=alice@laptop", "WHEN=2026-01-31 09:00:00", "WHY=disk", "ID=fake"]
#: What the host says beside that, by a part of the command; the lock's scripts first.
_SAYS = {
    'take_lock "$p"': ["taken"],
    "|| { echo free": ["live", *_HOLDER],
    "audit.jsonl": [_RECORD],
}
COMMANDS = {
    "config": ["config", "vps1"],
    "config-json": ["config", "vps1", "--json"],
    "status": ["status"],
    "status-json": ["status", "--json"],
    "doctor": ["doctor"],
    "doctor-json": ["doctor", "--json"],
    "drift": ["drift", "inventory"],
    "drift-json": ["drift", "inventory", "--json"],
    "audit": ["audit", "vps1"],
    "audit-json": ["audit", "vps1", "--json"],
    "lock": ["lock", "vps1", "--reason", "disk"],
    "unlock": ["unlock", "vps1"],
    "logs": ["logs", "vps1"],
    "version": ["version"],
    "version-json": ["version", "--json"],
    "credentials": ["credentials", "vps1"],
    "settings": ["settings"],
    "help": ["--help"],
    **{f"help-{name}": [name, "--help"] for name in sorted(kestra_provision.commands)},
    **{
        f"help-{name}-{word}": [name, word, "--help"]
        for name, command in sorted(kestra_provision.commands.items())
        if isinstance(command, Group)
        for word in sorted(command.commands)
    },
}


def main() -> None:
    pretend()
    ANSWERS.update(_SAYS)
    told = {}
    for name, words in COMMANDS.items():
        recorder = RECORDERS["vps1"] = Recorder({})
        with patch.object(State, "init", State.init):  # each command installs its own
            done = CliRunner().invoke(kestra_provision, words, terminal_width=100)
        error = f"raises {done.exception!r}\n" if not isinstance(done.exception, SystemExit) else ""
        told[name] = {
            "output": f"$ kestra-provision {' '.join(words)}\n{done.output}"
            f"{error if done.exception else ''}exit code {done.exit_code}\n",
            "looks": [line for line in recorder.take() if "$ " in line[:6]],
        }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
