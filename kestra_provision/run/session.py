"""What happens once in each pyinfra run, before the first connection: settings are judged."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import Any

from pyinfra.api.config import Config
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.docker.archive import Archive, ArchiveError, read_archive
from kestra_provision.docker.compose_deb import Deb, DebError, read_deb
from kestra_provision.docker.registry import Login
from kestra_provision.project import profile_defaults
from kestra_provision.remote.connect_errors import ConnectAdvice, keep_known_hosts
from kestra_provision.remote.transport import transport
from kestra_provision.run import invocation
from kestra_provision.run.ending import LostConnection
from kestra_provision.run.observation import Forgetting
from kestra_provision.settings import (
    Problem,
    Settings,
    SettingsError,
    load,
    operator_environment,
    passwords,
)
from kestra_provision.settings.load import Layers

_settings: dict[str, Settings] = {}
_secrets: dict[str, str] = {}


def settings_of(host: Host) -> Settings:
    """The validated settings of a host of this run."""
    if host.name not in _settings:
        raise PyinfraError("config.py was not read: run pyinfra in the folder of deploy.py")
    return _settings[host.name]


def settings_of_all() -> dict[str, Settings]:
    """The same of all hosts of this run, by name."""
    return _settings


def given_secrets() -> dict[str, str]:
    """Secrets for the hosts, from `.env` beside `deploy.py` or the environment."""
    return {name: value for name, value in _secrets.items() if name != passwords.REGISTRY}


def login_of(settings: Settings) -> Login | None:
    """The login that a registry wants; None without one."""
    if settings.registry is None:
        return None
    password = _secrets.get(passwords.REGISTRY)
    return Login(settings.registry, str(settings.registry_username), password)


def validate_before_connecting(
    directory: Path, *callbacks: BaseStateCallback, advise: bool = True
) -> None:
    """Makes every run check the settings of all its hosts before it connects to one.

    + directory: the folder of `deploy.py`, where the operator's `.env` may lie
    + callbacks: of the run, beside those that every run has
    + advise: say at once what helps against a connection that fails

    `config.py` runs before there is an inventory, and pyinfra calls nothing between reading it
    and connecting but `State.init`: that is where the check hooks in.
    """
    original = State.init

    @wraps(original)
    def init(
        self: State, inventory: Inventory, config: Config | None, initial_limit: Any = None
    ) -> None:
        _require_hosts(inventory, initial_limit)
        for host in inventory:
            _join_profile(host)
        inventory.data.setdefault("ssh_paramiko_connect_kwargs", {"transport_factory": transport})
        chosen = [h for h in inventory if initial_limit is None or h in initial_limit]
        if problems := invocation.begin(inventory.get_override_data()):
            raise SettingsError({"all hosts": problems})
        _settings.update(_load_all(chosen, directory))
        original(self, inventory, config, initial_limit=initial_limit)
        keep_known_hosts(chosen)
        if advise:
            self.add_callback_handler(ConnectAdvice())
        self.add_callback_handler(LostConnection())
        self.add_callback_handler(Forgetting())
        for callback in callbacks:
            self.add_callback_handler(callback)

    State.init = init  # type: ignore[method-assign]


def _require_hosts(inventory: Inventory, limit: list[Host] | None) -> None:
    """pyinfra does nothing and exits 0 when a name or `--limit` matches no host."""
    if not len(inventory):
        raise PyinfraError("the inventory names no host; is its name spelt right?")
    if limit is not None and not limit:
        names = ", ".join(host.name for host in inventory)
        raise PyinfraError(f"--limit or --exclude leaves no host; the inventory has: {names}")


def _join_profile(host: Host) -> None:
    """Puts the host into the group of its profile, first, so that its own groups win over it.

    That way `group_data/<profile>.py` holds the profile's defaults by pyinfra's own rules.
    """
    profile = str(host.data.get("profile", Settings.model_fields["profile"].default))
    if profile in host.groups:
        host.groups.remove(profile)
    host.groups.insert(0, profile)


def _load_all(hosts: list[Host], directory: Path) -> dict[str, Settings]:
    problems: dict[str, list[Problem]] = {}
    loaded: dict[str, Settings] = {}
    environment, secrets = operator_environment(directory)
    _secrets.update(secrets)
    for host in hosts:
        try:
            loaded[host.name] = load(host.name, layers_of(host, environment))
            if bad := _file_problems(loaded[host.name]):
                problems[host.name] = bad
        except SettingsError as error:
            problems.update(error.problems)
    if problems:
        raise SettingsError(problems)
    return loaded


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


def archive_of(settings: Settings) -> Archive | None:
    """The laptop's archive, looked into once a run; None when the images come another way.

    Raises `ArchiveError`.
    """
    if settings.image_source != "archive" or settings.archive_is_url:
        return None
    return read_archive(str(settings.image_archive), settings.image_archive_sha256)


def compose_deb_of(settings: Settings) -> Deb | None:
    """The laptop's compose plugin, looked into once a run; None without one.

    Raises `DebError`.
    """
    if settings.compose_deb is None:
        return None
    return read_deb(settings.compose_deb, settings.compose_deb_sha256)


def layers_of(host: Host, environment: Layers) -> Layers:
    """The layers of one host, weakest first; see `kestra_provision.settings.load`."""
    inventory = host.inventory
    profile, *groups = host.groups
    return [
        (f"profile {profile}", profile_defaults(profile)),
        ("group_data/all.py", inventory.get_data()),
        (f"group_data/{profile}.py", inventory.get_group_data(profile)),
        *environment,
        *((f"group {name}", inventory.get_group_data(name)) for name in groups),
        (f"inventory, host {host.name}", inventory.get_host_data(host.name)),
        ("--data", invocation.settings_among(inventory.get_override_data())),
    ]
