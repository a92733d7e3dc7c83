"""Hosts of an inventory for a command that only looks: judged, and connected if need be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar

import click
import gevent
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import BaseStateCallback, State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state
from pyinfra_cli.exceptions import CliError
from pyinfra_cli.inventory import make_inventory

from kestra_provision.docker.environment import ENVIRONMENT
from kestra_provision.facts.survey import HostSurvey, Survey, survey_arguments
from kestra_provision.remote import shell
from kestra_provision.remote.connect_errors import way_out
from kestra_provision.run import beginning
from kestra_provision.run.patches import LOOKING, install
from kestra_provision.run.state import settings_of, stack_here
from kestra_provision.run.verbosity import be_verbose
from kestra_provision.settings import Settings

T = TypeVar("T")

_UNTOLD = "there is no connection, and nothing says why"


def read_inventory(inventory: str) -> Inventory:
    """The hosts of an inventory file or folder as pyinfra reads it, without a look at settings.

    Raises `click.ClickException` when there is none, because pyinfra would take its name for a
    host's, and for a mistake in one of its files.
    """
    if not inventory:  # which Path takes for the folder one is in
        raise click.ClickException("no inventory ''; name a file or folder of hosts")
    if not Path(inventory).exists() and not inventory.startswith("@"):
        raise click.ClickException(
            f"no file or folder {inventory} to read hosts from; run this where your deploy.py and "
            "inventory/ are, or make such a folder: kestra-provision init DIR"
        )
    directory = str(Path.cwd())
    if directory not in sys.path:
        sys.path.append(directory)  # for imports of an inventory, as pyinfra does
    # Its commands look at a plan of their own, if at any.
    state, config = State(check_for_changes=False), Config()
    state.cwd = directory
    ctx_state.set(state)
    ctx_config.set(config)
    install(LOOKING)
    try:
        hosts: Inventory = make_inventory(inventory, cwd=directory)
    except CliError as error:  # which shows itself as pyinfra's
        raise click.ClickException(error.message) from error
    ctx_inventory.set(hosts)
    return hosts


def judged(
    inventory: str,
    name: str | None = None,
    limit: Sequence[str] = (),
    callbacks: Sequence[BaseStateCallback] = (),
) -> tuple[State, list[Host]]:
    """The chosen hosts of an inventory with their settings checked as in a deploy; no connection.

    + name, limit: as `among` takes them, which says what is raised
    + callbacks: of the run

    Raises `click.ClickException` for settings that are refused as well.
    """
    hosts = read_inventory(inventory)
    chosen = among(hosts, inventory, name, limit)
    state: State = ctx_state.get()
    try:
        beginning.init(Path.cwd(), callbacks, State.init, state, hosts, ctx_config.get(), chosen)
    except PyinfraError as error:
        raise click.ClickException(str(error)) from error
    be_verbose(state)
    return state, chosen


def among(
    hosts: Inventory, inventory: str, name: str | None = None, limit: Sequence[str] = ()
) -> list[Host]:
    """The hosts that a command is for, all of them by default.

    + name: one host, by its exact name
    + limit: groups, or patterns of host names, as pyinfra's `--limit` takes them

    Raises `click.ClickException` for whatever of it names no host: a misspelt one must not go
    unnoticed among others that are right.
    """
    names = ", ".join(host.name for host in hosts) or "no host"
    if name is not None:
        if found := [host for host in hosts if host.name == name]:
            return found
        hint = f"{name} is a group: --limit {name}" if hosts.groups.get(name) else ""
        hint = hint or (
            f"it is a file or folder: --inventory {name}" if Path(name).exists() else ""
        )
        raise click.ClickException(f"no host {name} in {inventory}; {hint or f'it has: {names}'}")
    if not limit:
        return list(hosts)
    wanted = {pattern: _matching(hosts, pattern) for pattern in limit}
    for pattern, matching in wanted.items():
        if not matching:
            raise click.ClickException(
                f"--limit {pattern!r} names no host or group of {inventory}; it has: {names}"
            )
    return [host for host in hosts if any(host in matching for matching in wanted.values())]


def real(host: Host) -> Host:
    """pyinfra's own `host` is another one in each greenlet; what outlives it needs this one."""
    found: Host = host.state.inventory.get_host(host.name)
    return found


class _Unreachable(BaseStateCallback):
    """Why each host could not be connected to, and what helps, by name."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def host_connect_error(  # type: ignore[override]
        self, state: State, host: Host, error: Exception
    ) -> None:
        fix = way_out(host, error)
        self.reasons[host.name] = f"{error}; {fix}" if fix else str(error)


@contextmanager
def connected_hosts(
    inventory: str,
    name: str | None = None,
    limit: Sequence[str] = (),
    callbacks: Sequence[BaseStateCallback] = (),
) -> Iterator[tuple[State, list[Host], dict[str, str]]]:
    """Connects to the chosen hosts as a deploy would: those reached, and why each other was not.

    Each of them is among one or the other.

    + name, limit, callbacks: as `judged` takes them, which says what is raised
    """
    state, chosen = judged(inventory, name, limit, callbacks)
    unreachable = _Unreachable()
    state.add_callback_handler(unreachable)
    state.set_stage(StateStage.Connect)
    with suppress(PyinfraError):  # raised when no host is left, which the reasons tell
        connect_all(state)
    reached = [host for host in chosen if host.connected]
    missing = {h.name: _UNTOLD for h in chosen if h not in reached} | unreachable.reasons
    try:
        yield state, reached, missing
    finally:
        disconnect_all(state)


def on_each(state: State, hosts: Sequence[Host], look: Callable[[Host], T]) -> dict[str, T]:
    """What `look` says of each host, by name; all at the same time.

    Each runs with a configuration of its own, because whether sudo is needed differs by host:
    `use_sudo` asks. `look` is to keep its exceptions to itself: they are raised here.
    """

    def run(host: Host) -> T:
        config = state.config.copy()
        with ctx_state.use(state), ctx_config.use(config), ctx_host.use(host):
            return look(host)

    greenlets = {host.name: gevent.spawn(run, host) for host in hosts}
    gevent.joinall(list(greenlets.values()))
    return {name: greenlet.get() for name, greenlet in greenlets.items()}


def use_sudo(host: Host) -> HostSurvey:
    """Looks at the host, and lets what follows go through sudo where the user is not root."""
    survey = host.get_fact(Survey, **survey_arguments(settings_of(host), stack_here(host)))
    act_as_root(ctx_config.get(), survey)
    return survey


def act_as_root(config: Config, survey: HostSurvey) -> None:
    """Has what follows on a host run as root, and every call of docker ask the system's daemon.

    + config: of this host alone
    """
    config.SUDO = survey.privilege == "sudo"
    config.ENV = {**config.ENV, **ENVIRONMENT}


@contextmanager
def connected(inventory: str, name: str) -> Iterator[tuple[Host, Settings]]:
    """Connects to the host `name` of an inventory as a deploy would.

    Raises `click.ClickException` for a name that is not in it, for a host that is down, and for
    one that does not answer.
    """
    with connected_hosts(inventory, name) as (state, reached, unreachable):
        if not reached:
            raise click.ClickException(f"{name} is not reached: {unreachable.get(name, '')}")
        (host,) = reached
        with ctx_state.use(state), ctx_config.use(state.config.copy()), ctx_host.use(host):
            try:
                use_sudo(host)
                yield host, settings_of(host)
            except PyinfraError as error:
                raise click.ClickException(f"{name}: {shell.why(host, error)}") from error


def _matching(hosts: Inventory, pattern: str) -> list[Host]:
    """By pyinfra's rules: a group goes before a host of the same name."""
    group = hosts.groups.get(pattern)
    return [*group] if group else [host for host in hosts if fnmatch(host.name, pattern)]
