"""What happens once in each run, before the first connection: settings are judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory

from kestra_provision.docker.archive import ArchiveError, archive_of
from kestra_provision.docker.compose_deb import DebError, compose_deb_of
from kestra_provision.docker.registry import Login
from kestra_provision.flows import tree
from kestra_provision.flows.exposed import exposed
from kestra_provision.flows.tree import Tree
from kestra_provision.profiles import DEFAULT, SETTINGS
from kestra_provision.run.invocation import invocation, settings_among
from kestra_provision.run.state import HostRun, Run, of, run_of
from kestra_provision.settings import Settings, load, operator_environment, passwords
from kestra_provision.settings.environment import other_servers, unheard, written
from kestra_provision.settings.flow_secrets import Given, given
from kestra_provision.settings.load import Layers
from kestra_provision.text.next_command import NextCommand
from kestra_provision.text.problem import Problem, SettingsError


def judged_run(inventory: Inventory, limit: Sequence[Host] | None, directory: Path) -> Run:
    """The run of these hosts, once all that it was told is right.

    + limit: the chosen hosts, None for all
    + directory: the folder of `deploy.py`, where the operator's `.env` may lie

    Raises `PyinfraError` when no host is left, and `SettingsError` with everything that is wrong
    with the options of runbooks, or with the settings of the chosen hosts.
    """
    _require_hosts(inventory, limit)
    for host in inventory:
        _join_profile(host)
    told = invocation(inventory.get_override_data())
    if told.problems:
        raise SettingsError({"all hosts": told.problems})
    chosen = [host for host in inventory if limit is None or host in limit]
    environment, secrets = operator_environment(directory, SETTINGS.values())
    loaded = _load_all(chosen, environment)
    flow_secrets = given(directory, written(directory))
    trees = _trees(loaded.values(), directory, flow_secrets)
    if others := other_servers(directory, SETTINGS.values(), loaded.values()):
        raise SettingsError({"all hosts": others})
    return Run(
        {name: HostRun(each, trees[tuple(each.flows)]) for name, each in loaded.items()},
        secrets,
        told.options,
        NextCommand(told.inventory),
        unheard(directory),
        told.of_deploy_file,
        flow_secrets,
    )


def given_secrets(host: Host) -> dict[str, str]:
    """Secrets for the host, from `.env` beside `deploy.py` or the environment."""
    given = run_of(host.state).secrets
    return {name: value for name, value in given.items() if name != passwords.REGISTRY}


def login_of(host: Host) -> Login | None:
    """The login that the host's registry wants; None without one."""
    settings = of(host).settings
    if settings.registry is None:
        return None
    password = run_of(host.state).secrets.get(passwords.REGISTRY)
    return Login(settings.registry, str(settings.registry_username), password)


def layers_of(host: Host, environment: Layers) -> Layers:
    """The layers of one host, weakest first; see `kestra_provision.settings.load`."""
    inventory = host.inventory
    profile, *groups = host.groups
    return [
        ("group_data/all.py", inventory.get_data()),
        (f"group_data/{profile}.py", inventory.get_group_data(profile)),
        *environment,
        *((f"group {name}", inventory.get_group_data(name)) for name in groups),
        (f"inventory, host {host.name}", inventory.get_host_data(host.name)),
        ("--data", settings_among(inventory.get_override_data())),
    ]


def _require_hosts(inventory: Inventory, limit: Sequence[Host] | None) -> None:
    """pyinfra does nothing and exits 0 when a name or `--limit` matches no host."""
    if not len(inventory):
        raise PyinfraError("the inventory names no host; is its name spelt right?")
    if limit is not None and not limit:
        names = ", ".join(host.name for host in inventory)
        raise PyinfraError(f"--limit or --exclude leaves no host; the inventory has: {names}")


def _join_profile(host: Host) -> None:
    """Puts the host into the group of its profile, first, so that its own groups win over it.

    That way `group_data/<profile>.py` of an operator is read by pyinfra's own rules.
    """
    profile = str(host.data.get("profile", DEFAULT))
    if profile in host.groups:
        host.groups.remove(profile)
    host.groups.insert(0, profile)


def _load_all(hosts: Sequence[Host], environment: Layers) -> dict[str, Settings]:
    problems: dict[str, list[Problem]] = {}
    loaded: dict[str, Settings] = {}
    for host in hosts:
        try:
            loaded[host.name] = load(host.name, layers_of(host, environment), SETTINGS)
            if bad := _file_problems(loaded[host.name]):
                problems[host.name] = bad
        except SettingsError as error:
            problems.update(error.problems)
    if problems:
        raise SettingsError(problems)
    return loaded


def _trees(
    loaded: Iterable[Settings], directory: Path, secrets: Given
) -> dict[tuple[str, ...], Tree]:
    """The flows of each set of folders, read once for all hosts that have them."""
    folders = dict.fromkeys(tuple(each.flows) for each in loaded)
    trees = {each: tree.of(each, directory) for each in folders}
    if problems := [
        problem
        for found in trees.values()
        for problem in (*found.problems, *exposed(found.values, secrets.known(found.secrets)))
    ]:
        raise SettingsError({"flows": problems})
    return trees


def _file_problems(settings: Settings) -> list[Problem]:
    """What is wrong with the laptop's files that a host shall get."""
    problems = []
    for look in (archive_of, compose_deb_of):
        try:
            look(settings)
        except (ArchiveError, DebError) as error:
            fix = "mend the path or the sum in the inventory"
            problems.append(Problem(str(error), "the laptop", fix))
    return problems
