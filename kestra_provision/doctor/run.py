"""The doctor's round over several hosts, all at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api.host import Host

from kestra_provision.doctor.check import run
from kestra_provision.doctor.looking import look_at
from kestra_provision.doctor.report import Diagnosis, HostDiagnosis
from kestra_provision.doctor.table import checks
from kestra_provision.remote import shell
from kestra_provision.run.hosts import connected_hosts, on_each


def diagnose(inventory: str, name: str | None, limit: Sequence[str]) -> Diagnosis:
    """Asks each chosen host; changes nothing.

    + name, limit: as `connected_hosts` takes them

    Raises `click.ClickException` for settings that are refused, and for names that are unknown.
    """
    with connected_hosts(inventory, name, limit) as (state, reached, unreachable):
        found = on_each(state, reached, _host)
        found |= {n: HostDiagnosis(n, reason=f"not reached: {r}") for n, r in unreachable.items()}
        order = [host.name for host in state.inventory if host.name in found]
    return Diagnosis(tuple(found[name] for name in order))


def _host(host: Host) -> HostDiagnosis:
    """What goes wrong with one host is no matter of the others."""
    try:
        evidence = look_at(host)
        if not shell.lost(host):
            return HostDiagnosis(host.name, run(checks(evidence.stack), evidence))
        reason = shell.LOST
    except Exception as error:
        reason = shell.why(host, error)
    return HostDiagnosis(host.name, reason=reason)
