"""The table at the end of a deploy: where Kestra is, how to open it, what changed."""

from __future__ import annotations

import time
from typing import Any

import click
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State

from kestra_provision.profiles import stack_of
from kestra_provision.run.state import HostRun, hosts_of, of, run_of
from kestra_provision.settings import Settings
from kestra_provision.stack.stack import Stack
from kestra_provision.status import address
from kestra_provision.text.next_command import NextCommand
from kestra_provision.text.table import table


def begin(host: Host) -> None:
    """Says that this run is a deploy of the host; other runs of pyinfra get no table."""
    of(host).deploys = True


def note(host: Host, versions: dict[str, str]) -> None:
    """Keeps the versions that the health gate saw, for the table."""
    of(host).versions |= {name: version for name, version in versions.items() if version}


class Summary(BaseStateCallback):
    """Prints the table when the last host is disconnected, after a run that executed something.

    pyinfra has no hook for the end of a run, and an operation that prints would be a change on
    every run.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._open: set[Host] = set()

    def host_connect(self, state: State, host: Host) -> None:  # type: ignore[override]
        self._open.add(host)

    def host_disconnect(self, state: State, host: Host) -> None:  # type: ignore[override]
        self._open.discard(host)
        begun = any(of_host.deploys for of_host in hosts_of(state).values())
        if not self._open and begun and state.is_executing:
            # On stderr, because stdout belongs to pyinfra's --json.
            click.echo(f"\n{self._render(state)}\n", err=True)

    def _render(self, state: State) -> str:
        seconds = f"{time.monotonic() - self._start:.0f} s"
        rows = [["host", "result", "Kestra at", "versions", "operations", "time"]]
        opens = []
        for name, of_host in hosts_of(state).items():
            host = state.inventory.get_host(name)
            result = _result(state, host)
            healthy = result == "healthy"
            url = address.url(host, of_host.settings) if healthy else "-"
            rows.append([name, result, url, _seen_versions(of_host), _counts(state, host), seconds])
            if healthy:
                opens.append(open_line(host, of_host.settings, run_of(state).commands))
                opens += beside_lines(host, of_host.stack)
                opens += [f"{name}: {said}" for said in of_host.stack.warns]
        return "\n".join([table(rows), "", *opens])


def _result(state: State, host: Host) -> str:
    if host not in state.activated_hosts:
        return "unreachable"
    if host in state.failed_hosts:
        return "failed" if state.ops[host] else "refused"
    done = all(data.operation_meta.is_complete() for data in state.ops[host].values())
    return "healthy" if done else "unfinished"


def beside_lines(host: Host, stack: Stack) -> list[str]:
    """How to open what people have beside Kestra, a line each."""
    return [
        f"{host.name}: {service.title}: {address.way_to(host, service.page)}"
        for service in stack.shown[1:]
        if service.page
    ]


def open_line(host: Host, settings: Settings, commands: NextCommand) -> str:
    """How to open the UI from the laptop: through a tunnel while it listens on loopback only."""
    credentials = commands.day_two("credentials", host.name)
    if not address.needs_tunnel(host, settings):
        return f"{host.name}: open {address.url(host, settings)}   password: {credentials}"
    return (
        f"{host.name}: {address.way_to(host, stack_of(settings).pages[0])}"
        f"\n{host.name}: {credentials}   shows user and password"
    )


def _seen_versions(of_host: HostRun) -> str:
    titles = {service.name: service.title for service in of_host.stack.shown}
    titles["docker"] = "Docker"
    seen = of_host.versions
    return ", ".join(f"{title} {seen[key]}" for key, title in titles.items() if key in seen) or "-"


def _counts(state: State, host: Host) -> str:
    metas: list[Any] = [data.operation_meta for data in state.ops[host].values()]
    done = [meta for meta in metas if meta.is_complete() and meta.did_succeed()]
    changed = sum(meta.did_change() for meta in done)
    return f"{changed} changed, {len(done) - changed} unchanged"
