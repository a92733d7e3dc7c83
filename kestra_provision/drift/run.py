"""The drift check of several hosts: connects, looks, and leaves no trace."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.drift.certificate import certificate_notice
from kestra_provision.drift.check import evaluate, finding
from kestra_provision.drift.effects import effects_named
from kestra_provision.drift.notices import of_host, of_stack
from kestra_provision.drift.prepare import UnfitError, begin, prepare
from kestra_provision.drift.report import Finding, HostReport, Report
from kestra_provision.facts.condition import Condition
from kestra_provision.facts.stack import Stack as StackFact
from kestra_provision.facts.stack import stack_arguments
from kestra_provision.remote import shell
from kestra_provision.run.hosts import connected_hosts, on_each
from kestra_provision.run.observation import expect, fact_look, observed
from kestra_provision.run.state import of, run_of, settings_of
from kestra_provision.text.difference import Difference
from kestra_provision.text.utc import now


def check(inventory: str, name: str | None = None, limit: Sequence[str] = ()) -> Report:
    """Looks at hosts of an inventory, at all of them by default.

    + name, limit: as `connected_hosts` takes them

    Raises `click.ClickException` for settings that are refused, and for an inventory or a limit
    that names no host.
    """
    with connected_hosts(inventory, name, limit) as (state, reached, unreachable):
        repair = run_of(state).commands.deploy()
        begin(state)
        # Each in a greenlet of its own: what happens to one is no matter of the others.
        reports = on_each(state, reached, lambda host: _host(state, host, repair))
        reports |= {n: HostReport(n, reason=f"not reached: {r}") for n, r in unreachable.items()}
        order = [host.name for host in state.inventory if host.name in reports]
    return Report(tuple(reports[name] for name in order), now())


def _host(state: State, host: Host, repair: str) -> HostReport:
    """Prepares the deploy as pyinfra would, and asks each of its operations what it would do."""
    root_dir = settings_of(host).root_dir
    expect(host, [fact_look(Condition, root_dir=root_dir)])
    try:
        found = [finding("preflight", said, repair) for said in prepare(state, host)]
        found += evaluate(state, host, host.op_hash_order, repair)
        found += [finding("host", notice, "") for notice in _notices(host)]
    except UnfitError as error:
        return HostReport(host.name, reason=str(error))
    except Exception as error:
        return HostReport(host.name, reason=shell.why(host, error))
    # Where nothing is amiss Kestra answered last: it need not be waited for a connection to end.
    if found and shell.lost(host):
        return HostReport(host.name, reason=shell.LOST)
    silent = of(host).coming.docker_silent
    return HostReport(host.name, tuple(effects_named(_without_repetition(found), silent)))


def _notices(host: Host) -> list[Difference]:
    settings, stack = of(host).settings, of(host).stack
    seen = observed(host, StackFact, **stack_arguments(stack))
    certificate = certificate_notice(settings.url)
    return [
        *of_host(observed(host, Condition, root_dir=settings.root_dir)),
        *of_stack(stack, seen),
        *([certificate] if certificate else []),
    ]


def _without_repetition(found: list[Finding]) -> list[Finding]:
    """An operation that cannot even begin says what preflight said already."""
    said = [f.actual for f in found if f.stage == "preflight"]
    return [
        f for f in found if f.stage == "preflight" or not any(actual in f.actual for actual in said)
    ]
