"""The table at the end of a deploy: where Kestra is, how to open it, what changed."""

from __future__ import annotations

import time
from collections import defaultdict
from ipaddress import ip_address
from typing import Any

import click
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.settings import Settings
from kestra_provision.table import table

_versions: dict[str, dict[str, str]] = defaultdict(dict)
_begun: set[str] = set()


def begin(host: str) -> None:
    """Says that this run is a deploy of the host; other runs of pyinfra get no table."""
    _begun.add(host)


def note(host: str, versions: dict[str, str]) -> None:
    """Keeps the versions that the health gate saw, for the table."""
    _versions[host].update({name: version for name, version in versions.items() if version})


class Summary(BaseStateCallback):
    """Prints the table when the last host is disconnected, after a run that executed something.

    pyinfra has no hook for the end of a run, and an operation that prints would be a change on
    every run.
    """

    def __init__(self, settings: dict[str, Settings]) -> None:
        self._settings = settings
        self._start = time.monotonic()
        self._open: set[Host] = set()

    def host_connect(self, state: State, host: Host) -> None:  # type: ignore[override]
        self._open.add(host)

    def host_disconnect(self, state: State, host: Host) -> None:  # type: ignore[override]
        self._open.discard(host)
        if not self._open and _begun and state.is_executing:
            # On stderr, because stdout belongs to pyinfra's --json.
            click.echo(f"\n{self._render(state)}\n", err=True)

    def _render(self, state: State) -> str:
        seconds = f"{time.monotonic() - self._start:.0f} s"
        rows = [["host", "result", "Kestra at", "versions", "operations", "time"]]
        opens = []
        for name, settings in self._settings.items():
            host = state.inventory.get_host(name)
            result = _result(state, host)
            healthy = result == "healthy"
            url = address(host, settings) if healthy else "-"
            rows.append([name, result, url, _seen_versions(name), _counts(state, host), seconds])
            if healthy:
                opens.append(open_line(host, settings))
        return "\n".join([table(rows), "", *opens])


def _result(state: State, host: Host) -> str:
    if host not in state.activated_hosts:
        return "unreachable"
    if host in state.failed_hosts:
        return "failed" if state.ops[host] else "refused"
    done = all(data.operation_meta.is_complete() for data in state.ops[host].values())
    return "healthy" if done else "unfinished"


def address(host: Host, settings: Settings) -> str:
    """Where users find Kestra: the host's own name when it listens beyond loopback."""
    if settings.kestra_url or host.name == "@local":
        return settings.url
    if ip_address(settings.bind_address).is_loopback:
        return settings.url
    return f"http://{host.data.get('ssh_hostname') or host.name}:{settings.http_port}/"


def open_line(host: Host, settings: Settings) -> str:
    """How to open the UI from the laptop: through a tunnel while it listens on loopback only."""
    if not ip_address(settings.bind_address).is_loopback or host.name == "@local":
        url, name = address(host, settings), host.name
        return f"{name}: open {url}   password: kestra-provision credentials {name}"
    data = host.data
    user = f"{data.get('ssh_user')}@" if data.get("ssh_user") else ""
    port = f" -p {data.get('ssh_port')}" if data.get("ssh_port", 22) != 22 else ""
    key = f" -i {data.get('ssh_key')}" if data.get("ssh_key") else ""
    name = data.get("ssh_hostname") or host.name
    config = f" -F {data.get('ssh_config_file')}" if data.get("ssh_config_file") else ""
    forward = f"{settings.http_port}:{settings.local_address}:{settings.http_port}"
    return (
        f"{host.name}: ssh -N{config}{port}{key} -L {forward} {user}{name}"
        f"   then open http://localhost:{settings.http_port}/"
        f"\n{host.name}: kestra-provision credentials {host.name}   shows user and password"
    )


def _seen_versions(host: str) -> str:
    seen = _versions[host]
    named = (("Kestra", "kestra"), ("PostgreSQL", "postgres"), ("Docker", "docker"))
    return ", ".join(f"{title} {seen[key]}" for title, key in named if key in seen) or "-"


def _counts(state: State, host: Host) -> str:
    metas: list[Any] = [data.operation_meta for data in state.ops[host].values()]
    done = [meta for meta in metas if meta.is_complete() and meta.did_succeed()]
    changed = sum(meta.did_change() for meta in done)
    return f"{changed} changed, {len(done) - changed} unchanged"
