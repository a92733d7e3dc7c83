"""One connected host for a command that only looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state
from pyinfra_cli.inventory import make_inventory

from kestra_provision.facts.survey import Survey
from kestra_provision.inventory import teach_pyinfra_folders
from kestra_provision.session import settings_of, validate_before_connecting
from kestra_provision.settings import Settings


@contextmanager
def connected(inventory: str, name: str) -> Iterator[tuple[Host, Settings]]:
    """Connects to the host `name` of an inventory as a deploy would.

    Raises `click.ClickException` for a name that is not in it, and for a host that is down.
    """
    teach_pyinfra_folders()
    validate_before_connecting(Path.cwd())
    state, config = State(), Config()
    ctx_state.set(state)
    ctx_config.set(config)
    hosts = make_inventory(inventory, cwd=str(Path.cwd()))
    ctx_inventory.set(hosts)
    chosen = [host for host in hosts if host.name == name]
    if not chosen:
        names = ", ".join(host.name for host in hosts) or "no host"
        raise click.ClickException(f"no host {name} in {inventory}; it has: {names}")
    try:
        state.init(hosts, config, initial_limit=chosen)
        state.set_stage(StateStage.Connect)
        connect_all(state)
    except PyinfraError as error:
        raise click.ClickException(str(error)) from error
    try:
        with ctx_host.use(chosen[0]):
            settings = settings_of(chosen[0])
            survey = chosen[0].get_fact(Survey, root_dir=settings.root_dir)
            config.SUDO = survey.privilege == "sudo"
            yield chosen[0], settings
    finally:
        disconnect_all(state)
