"""What a plan amounts to, in words that all its outputs share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyinfra.api.state import State

from kestra_provision.plan.report import HostPlan, Plan, Touched
from kestra_provision.run.coming import Coming, Fate
from kestra_provision.run.state import run_of
from kestra_provision.stack.stack import Stack
from kestra_provision.text.words import enumerated, plural

_SAYS: Mapping[Fate, str] = {
    "starts": "starts",
    "restarts": "restarts",
    "may-restart": "may restart, which only doing it tells",
    "stops": "stops",
}
_SILENT = "Docker does not run, so nobody can tell what it has: images and containers may be there"


def touched(stack: Stack, fates: Mapping[str, Fate], drain_timeout: int) -> tuple[Touched, ...]:
    """What happens to containers, what people are there for first.

    + drain_timeout: seconds for which running executions are waited for, before a stop
    """
    found = tuple(
        Touched(
            each.name, each.title, fate, drain_timeout if each.drains and fate != "starts" else 0
        )
        for each in stack.shown
        if (fate := fates.get(each.name))
    )
    others = (name for name in fates if name not in stack.containers)
    return (*found, *(Touched(name, name, fates[name]) for name in others))


def unsure(coming: Coming) -> str:
    """Why some of it may turn out to be there already; empty where all is certain."""
    return _SILENT if coming.docker_silent else ""


def says(services: Iterable[Touched]) -> list[str]:
    """A sentence for each service, or that nothing restarts."""
    found = [_sentence(each) for each in services]
    return found or ["nothing restarts"]


def said_in_plan(state: State) -> list[str]:
    """For pyinfra's own plan of a deploy: a line for each service of each host.

    A runbook says itself what it stops and starts.
    """
    run = run_of(state)
    return [
        f"[{name}] {said}"
        for name, each in run.hosts.items()
        if run.is_deploy and each.deploys
        for said in (
            *each.stack.warns,
            *filter(None, [unsure(each.coming)]),
            *says(touched(each.stack, each.coming.fates, run.drain_timeout)),
        )
    ]


def of_host(host: HostPlan) -> list[str]:
    """What happens to what runs there."""
    return says(host.services)


def end(plan: Plan) -> str:
    """How it is, over all hosts."""
    changing = [host for host in plan.hosts if host.operations]
    unknown = [host.name for host in plan.hosts if host.unfit]
    failing = [host.name for host in plan.hosts if host.fails]
    said = []
    if changing:
        count = sum(len(host.operations) for host in changing)
        said.append(f"{plural(count, 'operation')} on {plural(len(changing), 'host')} to change.")
    elif not (unknown or failing):
        said.append(f"Nothing to change on {plural(len(plan.hosts), 'host')}.")
    if failing:
        said.append(f"It fails on {enumerated(failing)}.")
    if unknown:
        said.append(f"Not planned: {enumerated(unknown)}.")
    return " ".join(said)


def _sentence(service: Touched) -> str:
    waits = (
        f"; running executions are waited for up to {service.waits_s} s" if service.waits_s else ""
    )
    return f"{service.title} {_SAYS[service.does]}{waits}"
