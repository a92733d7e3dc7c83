"""Secrets of flows by name: where each comes from, who asks for it, whether the host has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pyinfra.api.host import Host

from kestra_provision.remote import shell
from kestra_provision.run.flow_secrets import found
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import of
from kestra_provision.secrets.env import HostEnv, read_env
from kestra_provision.secrets.flow_secrets import changes, wanted
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.settings.flow_secrets import PREFIX
from kestra_provision.text.table import table

#: Of the JSON; it grows when a field is removed or changes its meaning.
VERSION = 1
SAME, UNTOLD, NOBODY = "as given", "no value here", "nobody"


@dataclass(frozen=True)
class SecretState:
    """One secret.

    + name: as flows ask for it
    + source: where it comes from here
    + state: how the host's is, in words
    + asked_by: files of the repository with their lines
    """

    name: str
    source: str
    state: str
    asked_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostSecrets:
    """All of one host.

    + problems: what a deploy would refuse
    + reason: why nobody can tell
    """

    name: str
    secrets: tuple[SecretState, ...] = ()
    problems: tuple[str, ...] = ()
    reason: str = ""

    @property
    def exit_code(self) -> int:
        """0: all as given; 1: the host told nothing; 2: something is to be done."""
        if self.reason:
            return 1
        return 2 if self.problems or any(each.state != SAME for each in self.secrets) else 0

    def as_json(self) -> dict[str, Any]:
        """Every field by its name; no value."""
        return asdict(self)


def secrets_of(host: Host) -> HostSecrets:
    """How they are; a host that goes away meanwhile is no exception."""
    try:
        use_sudo(host)
        env = read_env(host, of(host).settings.root_dir)
        given, after = found(host), wanted(host, env)
    except EnvFileError as error:
        return HostSecrets(host.name, reason=str(error))
    except Exception as error:
        return HostSecrets(host.name, reason=shell.why(host, error))
    differing, uses = changes(env.of_flows, after), of(host).flows.secrets
    names = {*given.sources, *uses, *(name.removeprefix(PREFIX) for name in env.of_flows)}
    states = tuple(
        SecretState(
            name,
            given.sources.get(name, NOBODY),
            UNTOLD if name in given.untold else differing.get(f"{PREFIX}{name}", _else(name, env)),
            tuple(each.shown for each in uses.get(name, ())),
        )
        for name in sorted(names)
    )
    return HostSecrets(host.name, states, tuple(each.what for each in given.problems))


def render(hosts: Iterable[HostSecrets]) -> str:
    """A row for each; what is wrong, and why a host told nothing, below."""
    hosts = [*hosts]
    rows = [["host", "secret", "from", "on the host", "asked for by"]]
    for host in hosts:
        rows += [
            [host.name, each.name, each.source, each.state, _asked_by(each)]
            for each in host.secrets
        ]
    lines = [f"{host.name}: {what}" for host in hosts for what in host.problems]
    lines += [f"{host.name}: {host.reason}" for host in hosts if host.reason]
    parts = [table(rows)] if len(rows) > 1 else ["no secrets of flows, and no flow asks for one"]
    return "\n\n".join([*parts, *lines])


def _else(name: str, env: HostEnv) -> str:
    return SAME if f"{PREFIX}{name}" in env.of_flows else "missing"


def _asked_by(each: SecretState) -> str:
    if not each.asked_by:
        return "no flow of the repository"
    more = len(each.asked_by) - 1
    return each.asked_by[0] + (f" and {more} more" if more else "")
