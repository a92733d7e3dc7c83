"""Hosts of an inventory for a command that only looks: judged, and connected if need be."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import click
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state
from pyinfra_cli.inventory import make_inventory

from kestra_provision.facts.survey import Survey
from kestra_provision.inventory import teach_pyinfra_folders
from kestra_provision.session import settings_of, validate_before_connecting
from kestra_provision.settings import Settings


def read_inventory(inventory: str) -> Inventory:
    """The hosts of an inventory file or folder as pyinfra reads it, without a look at settings."""
    directory = str(Path.cwd())
    if directory not in sys.path:
        sys.path.append(directory)  # for imports of an inventory, as pyinfra does
    # Its commands look at a plan of their own, if at any.
    state, config = State(check_for_changes=False), Config()
    state.cwd = directory
    ctx_state.set(state)
    ctx_config.set(config)
    teach_pyinfra_folders()
    hosts: Inventory = make_inventory(inventory, cwd=directory)
    ctx_inventory.set(hosts)
    return hosts


def judged(
    inventory: str, name: str | None = None, limit: Sequence[str] = ()
) -> tuple[State, list[Host]]:
    """The chosen hosts of an inventory with their settings checked as in a deploy; no connection.

    + name: one host, all of them by default
    + limit: groups, or patterns of host names, as pyinfra's `--limit` takes them

    Raises `click.ClickException` for a name that is not in it, and for settings that are refused.
    """
    validate_before_connecting(Path.cwd())
    hosts = read_inventory(inventory)
    chosen = [h for h in hosts if name in (None, h.name) and _within(hosts, h, limit)]
    if name is not None and not chosen:
        names = ", ".join(host.name for host in hosts) or "no host"
        limited = f" within --limit {' '.join(limit)}" if limit else ""
        raise click.ClickException(f"no host {name} in {inventory}{limited}; it has: {names}")
    state: State = ctx_state.get()
    try:
        state.init(hosts, ctx_config.get(), initial_limit=chosen)
    except PyinfraError as error:
        raise click.ClickException(str(error)) from error
    return state, chosen


@contextmanager
def connected(inventory: str, name: str) -> Iterator[tuple[Host, Settings]]:
    """Connects to the host `name` of an inventory as a deploy would.

    Raises `click.ClickException` for a name that is not in it, and for a host that is down.
    """
    state, (host,) = judged(inventory, name)
    try:
        state.set_stage(StateStage.Connect)
        connect_all(state)
    except PyinfraError as error:
        raise click.ClickException(str(error)) from error
    try:
        with ctx_host.use(host):
            settings = settings_of(host)
            survey = host.get_fact(Survey, root_dir=settings.root_dir)
            state.config.SUDO = survey.privilege == "sudo"
            yield host, settings
    finally:
        disconnect_all(state)


def _within(hosts: Inventory, host: Host, limit: Sequence[str]) -> bool:
    return not limit or any(
        host in hosts.groups.get(pattern, ()) or fnmatch(host.name, pattern) for pattern in limit
    )
