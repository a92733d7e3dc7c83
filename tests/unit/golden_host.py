"""Prepares a run of pyinfra on hosts that are made up, and writes down all it would do there.

A program of its own (`python -m tests.unit.golden_host < hosts.json`, in a folder with
`deploy.py`): pyinfra and `config.py` change this process for good.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyinfra
import pyinfra_cli.main  # noqa: F401  patches the standard library, before anything else is there
from gevent import GreenletExit
from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State, StateStage
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state
from pyinfra_cli.util import exec_file

from tests.unit.test_openpgp import KEY

#: The host of the default case.
FACTS: dict[str, Any] = {
    "privilege": "root",
    "user": "root",
    "os": ["debian", "13", "Debian GNU/Linux 13 (trixie)", "trixie"],
    "cpus": 2,
    "memory_mb": 4100,
    "disk_gb": 40,
    "systemd": True,
    "docker": "",
    "compose": "",
    "packages": [],
    "users": ["root"],
    "addresses": ["127.0.0.1", "::1"],
    "apt_proxy": False,
    "env": "",
}
#: What a command says, by a part of it.
ANSWERS = {
    "apt-helper download-file": KEY.splitlines(),
    "@@room": ["@@room", "40000000 36000000 /var/lib/docker"],
}


def survey(changed: dict[str, Any]) -> list[str]:
    """What the host answers to the one look that judges it, line by line."""
    facts = {**FACTS, **changed}
    room = f"{facts['disk_gb'] * 1_000_000} {facts['disk_gb'] * 900_000}"
    sections = {
        "privilege": [facts["privilege"]],
        "os": facts["os"],
        "machine": ["x86_64", str(facts["cpus"]), f"MemTotal: {facts['memory_mb'] * 1024} kB"],
        "systemd": ["yes"] if facts["systemd"] else [],
        "rooms": [f"{room} /opt/kestra", f"{room} /var/lib/docker"],
        "client": ["/usr/bin/docker"] if facts["docker"] else [],
        "env": [facts["env"]] if facts["env"] else [],
        "docker": [f"plugin compose {facts['compose']}", f"server {facts['docker']}"],
        "packages": [f"ii {name}" for name in facts["packages"]],
        "users": facts["users"],
        "addresses": facts["addresses"],
        "aptproxy": ["yes"] if facts["apt_proxy"] else [],
        "user": [facts["user"]],
    }
    return [line for name, lines in sections.items() for line in (f"@@{name}", *lines, "")]


class Recorder:
    """What was run and said on one host since it was last taken; the same thing once."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts, self.lines, self.keys = facts, list[str](), list[str]()

    def add(self, mark: str, text: object) -> None:
        line = f"{mark} {text}".rstrip()
        # A wait asks and says the same again and again.
        key = re.sub(r"\d+ of \d+ s", "", line)
        if key not in self.keys:
            self.keys.append(key)
            self.lines.append(line)

    def take(self) -> list[str]:
        taken, self.lines, self.keys = self.lines, [], []
        return taken


RECORDERS: dict[str, Recorder] = {}


#: A question whose answer comes between marks, which are other ones each time.
_FRAMED = re.compile(r"echo (@@kp-\w+); (.*)\ns=\$\?; echo; echo \1 \$s; exit \$s", re.S)


def run_shell_command(
    self: SSHConnector, command: StringCommand | str, *_: Any, **arguments: Any
) -> tuple[bool, CommandOutput]:
    """Every command succeeds, and most say nothing."""
    recorder = RECORDERS[self.host.name]
    raw = command if isinstance(command, str) else command.get_raw_value()
    framed = _FRAMED.fullmatch(raw)
    mark, raw = framed.groups() if framed else ("", raw)
    recorder.add("sudo$" if arguments.get("_sudo") else "$", raw)
    if isinstance(given := arguments.get("_stdin"), str):
        if "@@answer" in given:
            return True, CommandOutput(_side_by_side(recorder, given))
        recorder.add("  stdin:", f"{len(given.splitlines())} lines")
    text = next((said for part, said in ANSWERS.items() if part in raw), [])
    text = survey(recorder.facts) if "@@privilege" in raw else text
    text = [mark, *text, "", f"{mark} 0"] if mark else text
    return True, CommandOutput([OutputLine("stdout", line) for line in text])


#: One of the texts in a script of several, and its number.
_LOOK = re.compile(r"^\{ \( (.*?)\n\) < /dev/null > \$d/(\d+) ", re.S | re.M)


def _side_by_side(recorder: Recorder, script: str) -> list[OutputLine]:
    """The answers of a script that runs several texts, each of which is a look."""
    lines = ["@@answer-mark"]
    for look, number in _LOOK.findall(script):
        recorder.add("together:", look)
        said = survey(recorder.facts) if "@@privilege" in look else []
        lines += [*said, "", f"@@answer-mark {number} 0"]
    return [OutputLine("stdout", line) for line in lines]


class RefusedError(Exception):
    """Nothing is started on this machine."""


def reached(connector: SSHConnector) -> None:
    """In place of a connection."""


def pretend() -> None:
    """Hosts are reached at once, nothing runs on this machine, and waiting takes no time."""
    now = [1_769_860_800.0]

    def sleep(seconds: float) -> None:
        now[0] += max(seconds, 60.0)

    def popen(command: object, *_: object, **__: object) -> None:
        raise RefusedError(" ".join(command) if isinstance(command, list) else str(command))

    def log(self: Host, message: str, log_func: object = None) -> None:
        RECORDERS[self.name].add("says:", message)

    replaced: list[tuple[Any, str, Any]] = [
        (SSHConnector, "run_shell_command", run_shell_command),
        (SSHConnector, "connect", reached),
        (reached, "_kestra_provision", True),  # so that `install` leaves it
        (Host, "log", log),
        (Host, "noop", lambda self, message: None),
        (subprocess, "Popen", popen),
        (time, "sleep", sleep),
        (time, "monotonic", lambda: now[0]),
        (time, "time", lambda: now[0]),
    ]
    for where, name, new in replaced:
        setattr(where, name, new)


def commands_of(state: State, host: Host, op_hash: str) -> Iterator[dict[str, Any]]:
    """All that one operation would do; what is written into files stands apart."""
    recorder = RECORDERS[host.name]
    planned = list(state.ops[host][op_hash].command_generator())
    looked = recorder.take()
    said = [line for line in looked if line.startswith("says:")]
    yield {"lines": said, "looks": [line for line in looked if line not in said]}
    for command in planned:
        if isinstance(command, FunctionCommand):
            try:
                command.function(state, host, *command.args, **command.kwargs)
            except RefusedError as program:
                recorder.add("streams into", program)
            yield {"lines": recorder.take()}
        elif isinstance(command, StringCommand):
            stdin = command.connector_arguments.get("_stdin")
            text = command.get_raw_value()
            if "base64 -d" in text and isinstance(stdin, str):
                stdin = base64.b64decode(stdin).decode()
            yield {"lines": [f"$ {text}"], "stdin": stdin}
        else:
            yield {"lines": [f"{type(command).__name__}: {vars(command)}"]}


def plan(state: State, host: Host, file: str) -> dict[str, Any]:
    """Operations in their order with what each does, and all that was looked at before."""
    recorder = RECORDERS[host.name]
    state.current_deploy_filename = str(Path.cwd() / file)
    with ctx_state.use(state), ctx_config.use(state.config.copy()), ctx_host.use(host):
        try:
            exec_file(str(state.current_deploy_filename))
        except GreenletExit:
            recorder.add("ends:", "refused")
        looked = recorder.take()
        operations = [
            {"name": min(state.get_op_meta(h).names), "does": list(commands_of(state, host, h))}
            for h in state.get_op_order()
            if h in state.ops[host]
        ]
    return {"looks": looked, "operations": operations}


def main() -> None:
    asked = json.load(sys.stdin)
    sys.path.insert(0, str(Path.cwd()))
    pretend()
    plans: dict[str, dict[str, Any]] = {}
    for file, hosts in asked.items():
        state, config = State(check_for_changes=False), Config()
        state.cwd = str(Path.cwd())
        inventory = Inventory(([(n, h["settings"]) for n, h in hosts.items()], {}))
        ctx_state.set(state)
        ctx_config.set(config)
        ctx_inventory.set(inventory)
        if file == next(iter(asked)):
            exec_file("config.py")
        RECORDERS.update({name: Recorder(given["host"]) for name, given in hosts.items()})
        state.init(inventory, config)
        pyinfra.is_cli = True
        for host in inventory:
            host.connected = True
        state.activated_hosts, state.active_hosts = set(inventory), set(inventory)
        state.set_stage(StateStage.Prepare)
        plans[file] = {host.name: plan(state, host, file) for host in inventory}
    json.dump(plans, sys.stdout)


if __name__ == "__main__":
    main()
