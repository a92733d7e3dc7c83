"""Asks one host what a deploy would do there."""

from __future__ import annotations

from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.drift.check import Asked, ask
from kestra_provision.drift.prepare import UnfitError, prepare
from kestra_provision.facts.settings_record import SettingsRecord
from kestra_provision.plan.diff import files
from kestra_provision.plan.report import Change, Failing, HostPlan, Operation, Setting
from kestra_provision.plan.words import touched, unsure
from kestra_provision.remote import shell
from kestra_provision.run.observation import observed
from kestra_provision.run.state import of, run_of, settings_of
from kestra_provision.settings.shown import changed, recorded
from kestra_provision.stack.layout import Layout


def look(state: State, host: Host) -> HostPlan:
    """Prepares the deploy and asks each operation; what goes wrong is the host's reason."""
    try:
        refused = [d for d in prepare(state, host) if d.severity == "drift"]
        if refused:
            said = tuple(f"{d.actual} ({d.what}); fix: {d.fix}" for d in refused)
            return HostPlan(host.name, refused=said)
        return _planned(host, ask(state, host, host.op_hash_order, to_the_end=False))
    except UnfitError as error:
        return HostPlan(host.name, reason=str(error))
    except Exception as error:
        return HostPlan(host.name, reason=shell.why(host, error))


def _planned(host: Host, asked: list[Asked]) -> HostPlan:
    of_host, coming = of(host), of(host).coming
    return HostPlan(
        host.name,
        operations=tuple(_operation(each) for each in asked if each.changes and not each.fails),
        files=files(host, coming),
        services=touched(of_host.stack, coming.fates, run_of(host.state).drain_timeout),
        settings=_settings(host),
        warnings=tuple(of_host.stack.warns),
        unsure=unsure(coming),
        fails=next((_failing(each) for each in asked if each.fails), None),
    )


def _operation(asked: Asked) -> Operation:
    """What it would change: what has a way out of its own it leaves."""
    changed = [d for d in asked.differences if d.severity == "drift" and not d.fix]
    changes = tuple(Change(d.what, d.declared, d.actual) for d in changed)
    return Operation(asked.stage, asked.operation, changes)


def _failing(asked: Asked) -> Failing:
    """With each thing that is the cause."""
    causes = [d for d in asked.differences if d.severity == "drift" and d.actual not in asked.fails]
    said = "".join(f"; {d.what}: {d.actual}" for d in causes)
    return Failing(asked.stage, asked.operation, f"{asked.fails}{said}")


def _settings(host: Host) -> tuple[Setting, ...]:
    settings = settings_of(host)
    before = observed(host, SettingsRecord, path=Layout(settings.root_dir).settings)
    return tuple(Setting(*each) for each in changed(before, recorded(settings)))
