"""Hooks: programs of the operator that a deploy calls on the laptop, before and after its changes.

They are files in `hooks/` beside `deploy.py`, as git has them: `pre-deploy` and `post-deploy`.
"""

from __future__ import annotations

import errno
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
    And for a name that is none before the first connection: with nothing to do no hook is called.
    """
    if stage == StateStage.Connect and run_of(state).of_deploy_file:
        _refuse_others()
    if not _is_deploy(state):
        return
    if stage == StateStage.Execute:
        _refuse_others()
        _call(PRE, state, "nothing was changed")
    elif stage == StateStage.Disconnect:
        _call(POST, state, "the deploy itself was over by then")


def _is_deploy(state: State) -> bool:
    return any(host.deploys for host in hosts_of(state).values()) and run_of(state).is_deploy


def _refuse_others() -> None:
    if said := misnamed():
        raise CliError(said)


def misnamed() -> str:
    """What is wrong with the names in the folder, empty where nothing: a misspelt one must not go
    unnoticed.
    """
    names = sorted(path.name for path in FOLDER.glob("[!.]*")) if FOLDER.is_dir() else []
    others = [name for name in names if name not in (PRE, POST) and not name.endswith(".sample")]
    if not others:
        return ""
    those = ", ".join(str(FOLDER / name) for name in others)
    verb = "is no hook" if len(others) == 1 else "are no hooks"
    return (
        f"{those} {verb}, and nothing was changed; there are {PRE} and {POST}, and what ends in "
        ".sample is left alone"
    )


def _call(name: str, state: State, then: str) -> None:
    program = FOLDER / name
    if not os.path.lexists(program):
        return
    if not program.is_file():
        raise CliError(f"{program} cannot be run, and {then}: it is no file, nor a link to one")
    if not os.access(program, os.X_OK):
        raise CliError(f"{program} cannot be run, and {then}: chmod +x {program}")
    click.echo(f"--> {program}", err=True)
    try:
        # stdout belongs to pyinfra's --json.
        ended = subprocess.run(
            [program.resolve()], env={**os.environ, **_told(state)}, stdout=2, check=False
        ).returncode
    except OSError as error:
        said = _way_out(program, error)
        raise CliError(f"{program} cannot be run, and {then}: {said}") from error
    if ended < 0:
        raise CliError(f"{program} was killed by signal {-ended}; {then}")
    if ended:
        raise CliError(f"{program} ended with exit code {ended}; {then}")


def _way_out(program: Path, error: OSError) -> str:
    """The system speaks of a format, or says of a file that is there that it is not."""
    if error.errno == errno.ENOEXEC:
        return "it does not say by what; its first line must be such as #!/bin/sh"
    if error.errno == errno.ENOENT:
        with program.open("rb") as opened:
            first = opened.readline().rstrip(b"\n").decode(errors="replace")
        return f"there is no program as its first line names it, {first!r}"
    return str(error.strerror)


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
