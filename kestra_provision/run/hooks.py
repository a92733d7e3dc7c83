"""Hooks: programs of the operator that a deploy calls on the laptop, before and after its changes.

They are files in `hooks/` beside `deploy.py`, as git has them: `pre-deploy` and `post-deploy`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click
from pyinfra.api.state import State, StateStage
from pyinfra_cli.exceptions import CliError

from kestra_provision.run.state import hosts_of, run_of

FOLDER = Path("hooks")
PRE, POST = "pre-deploy", "post-deploy"


def call_at(state: State, stage: StateStage) -> None:
    """Calls the hook of a stage in a deploy; a plan or a runbook calls none.

    Raises `CliError` for one that fails: before the changes, so that none is made, and after them.
    """
    if not _is_deploy(state):
        return
    if stage == StateStage.Execute:
        _complain_about_others()
        _call(PRE, state, "nothing was changed")
    elif stage == StateStage.Disconnect:
        _call(POST, state, "the deploy itself was over by then")


def _is_deploy(state: State) -> bool:
    return any(host.deploys for host in hosts_of(state).values()) and run_of(state).is_deploy


def _complain_about_others() -> None:
    """A misspelt name must not go unnoticed."""
    names = sorted(path.name for path in FOLDER.glob("[!.]*")) if FOLDER.is_dir() else []
    others = [name for name in names if name not in (PRE, POST) and not name.endswith(".sample")]
    if others:
        raise CliError(
            f"{FOLDER / others[0]} is no hook, and nothing was changed; there are {PRE} and {POST}"
        )


def _call(name: str, state: State, then: str) -> None:
    program = FOLDER / name
    if not program.exists():
        return
    if not os.access(program, os.X_OK):
        raise CliError(f"{program} cannot be run, and {then}: chmod +x {program}")
    click.echo(f"--> {program}", err=True)
    try:
        # stdout belongs to pyinfra's --json.
        ended = subprocess.run(
            [program.resolve()], env={**os.environ, **_told(state)}, stdout=2, check=False
        ).returncode
    except OSError as error:
        raise CliError(f"{program} cannot be run, and {then}: {error.strerror}") from error
    if ended:
        raise CliError(f"{program} ended with exit code {ended}; {then}")


def _told(state: State) -> dict[str, str]:
    """Names of hosts, one blank between two: a name holds none."""
    hosts = {name: state.inventory.get_host(name) for name in hosts_of(state)}
    failed = [
        name
        for name, host in hosts.items()
        if host in state.failed_hosts or host not in state.activated_hosts
    ]
    return {
        "KESTRA_PROVISION_HOSTS": " ".join(hosts),
        "KESTRA_PROVISION_FAILED": " ".join(failed),
    }
