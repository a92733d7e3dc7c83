"""Which executions hosts have, for people and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from pyinfra.api.host import Host

from kestra_provision.kestra import access, client
from kestra_provision.kestra.executing import UnknownError, need_flows
from kestra_provision.kestra.execution import Execution, shown
from kestra_provision.kestra.history import Wanted, newest
from kestra_provision.kestra.synced import words
from kestra_provision.remote import shell
from kestra_provision.run.hosts import use_sudo
from kestra_provision.run.state import of
from kestra_provision.text.table import table


@dataclass(frozen=True)
class HostExecutions:
    """Those of one host; `reason` says why nobody can tell."""

    name: str
    executions: tuple[Execution, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        found = [each.as_json() for each in self.executions]
        return {"name": self.name, "reason": self.reason, "executions": found}


def executions_of(host: Host, wanted: Wanted, number: int | None) -> HostExecutions:
    """What is there; a host that goes away meanwhile is no exception.

    + number: at most so many; None for all
    """
    here = of(host)
    try:
        use_sudo(host)
        found = access.look(host, here.settings, here.stack)
        if not found.lives:
            return HostExecutions(host.name, reason="Kestra does not run")
        with client.connected(host, here.settings, found) as kestra:
            seen = tuple(newest(kestra, wanted, number))
            if not seen:
                need_flows(kestra, wanted)
            return HostExecutions(host.name, seen)
    except UnknownError as error:
        return HostExecutions(host.name, reason=f"there is no {error}")
    except httpx.HTTPError as error:
        return HostExecutions(host.name, reason=f"Kestra does not tell: {words(error)}")
    except Exception as error:
        return HostExecutions(host.name, reason=shell.why(host, error))


def render(hosts: list[HostExecutions]) -> str:
    """A row for each; why a host told nothing below."""
    rows = [["host", "started", "state", "took", "flow", "id"]]
    for host in hosts:
        rows += [[host.name, *_row(each)] for each in host.executions]
    found = [table(rows)] if len(rows) > 1 else []
    reasons = [f"{host.name}: {host.reason}" for host in hosts if host.reason]
    return "\n\n".join([*found, *reasons]) or "no execution"


def _row(execution: Execution) -> list[str]:
    took, flow = _took(execution), str(execution.flow)
    return [shown(execution.started), execution.state, took, flow, execution.id]


def _took(execution: Execution) -> str:
    seconds = execution.seconds
    return "" if seconds is None else f"{seconds:.1f} s"
