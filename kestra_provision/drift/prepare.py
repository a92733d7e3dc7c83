"""Prepares the deploy on a host as pyinfra would, for whoever asks its operations."""

from __future__ import annotations

from pathlib import Path

import gevent
import pyinfra
from pyinfra.api.host import Host
from pyinfra.api.state import State, StateStage
from pyinfra_cli.util import exec_file

from kestra_provision.run.findings import collecting
from kestra_provision.run.invocation import DEPLOY_FILE
from kestra_provision.text.difference import Difference


class UnfitError(Exception):
    """Preflight cannot even look at the host; says why."""


def begin(state: State) -> None:
    """Once for all hosts."""
    pyinfra.is_cli = True  # operations are told apart by their lines in deploy.py, as in a deploy
    state.set_stage(StateStage.Prepare)
    state.current_deploy_filename = str(Path.cwd() / DEPLOY_FILE)


def prepare(state: State, host: Host) -> list[Difference]:
    """Gives the host its operations; returns what preflight says of it.

    Raises `UnfitError`, and whatever a deploy file of the operator raises.
    """
    with collecting(host) as said:
        try:
            exec_file(str(state.current_deploy_filename))
        except gevent.GreenletExit:  # how preflight ends a host that it cannot look at
            reason = "; ".join(d.actual for d in said)
            raise UnfitError(reason or "refused, and not told why") from None
    return said
