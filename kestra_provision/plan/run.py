"""The plan of several hosts, and the deploy that does it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress

import click
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.operations import run_ops
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_state
from pyinfra_cli.cli import _do_confirm
from pyinfra_cli.exceptions import CliError
from pyinfra_cli.log import setup_logging

from kestra_provision.drift.prepare import begin
from kestra_provision.operations.lock import take
from kestra_provision.plan.look import look
from kestra_provision.plan.report import HostPlan, Plan
from kestra_provision.plan.saved import differences
from kestra_provision.plan.text import render
from kestra_provision.run.hooks import misnamed
from kestra_provision.run.hosts import connected_hosts, on_each, real, use_sudo
from kestra_provision.run.options import DEPLOY, Options
from kestra_provision.run.patches import changing, install
from kestra_provision.run.questions import agreed
from kestra_provision.run.state import run_of, settings_of
from kestra_provision.runbook.journey import Failing, quietly_ended, where_it_stands
from kestra_provision.status.summary import Summary
from kestra_provision.text.utc import now
from kestra_provision.text.verbosity import verbosity

_QUESTION = "This is what will be done; -y skips this question"


def plan(inventory: str, name: str | None = None, limit: Sequence[str] = ()) -> Plan:
    """Looks at the chosen hosts, and changes nothing.

    + name, limit: as `connected_hosts` takes them

    Raises `click.ClickException` for settings that are refused, and for names that are unknown,
    hooks' among them.
    """
    _refuse_misnamed_hooks()
    with connected_hosts(inventory, name, limit) as (state, reached, unreachable):
        begin(state)
        found = on_each(state, reached, lambda host: look(state, host))
        return _plan(state, found, unreachable)


def deploy(
    inventory: str,
    name: str | None = None,
    limit: Sequence[str] = (),
    *,
    told: Options,
    yes: bool = False,
    saved: Mapping[str, HostPlan] | None = None,
) -> int:
    """Says what it will do, asks, and does it. Returns the exit code, 0 or 1.

    + name, limit: as `connected_hosts` takes them
    + told: its options
    + yes: does not ask
    + saved: a plan by host. Where anything else would be done now, on any host, nothing is done on
      none; nobody is asked then, because the plan is what was agreed to

    Raises `click.ClickException` as `plan` does, for a no, and for what the saved plan forbids.
    """
    _refuse_misnamed_hooks()
    install(changing(where_it_stands, quietly_ended))
    callbacks = (Failing(), Summary())
    with connected_hosts(inventory, name, limit, callbacks) as (state, reached, unreachable):
        run_of(state).options[DEPLOY] = told
        begin(state)
        held = saved is not None
        found = on_each(
            state, reached, lambda host: _held(state, host) if held else look(state, host)
        )
        now = _plan(state, found, unreachable)
        click.echo(f"{render(now)}\n")
        if saved is not None:
            _hold(now, saved, everything=not (name or limit))
        going = [host for host in reached if not found[host.name].unfit]
        _leave_out(state, [host for host in reached if host not in going])
        if going and now.result != "unchanged":
            if not (yes or held):
                _ask()
            _execute(state)
        return 1 if unreachable or state.failed_hosts else 0


def _refuse_misnamed_hooks() -> None:
    """Before anybody is asked anything: where nothing is to do, no hook is called."""
    if said := misnamed():
        raise click.ClickException(said)


def _plan(state: State, found: Mapping[str, HostPlan], unreachable: Mapping[str, str]) -> Plan:
    hosts = {**found}
    hosts |= {n: HostPlan(n, reason=f"not reached: {r}") for n, r in unreachable.items()}
    order = [host.name for host in state.inventory if host.name in hosts]
    return Plan(tuple(hosts[name] for name in order), now())


def _held(state: State, host: Host) -> HostPlan:
    """Looks under the lock, so that nobody changes the host between the look and the deploy."""
    use_sudo(host)
    if problem := take(real(host), settings_of(host).project_name, DEPLOY):
        return HostPlan(host.name, reason=problem)
    return look(state, host)


def _hold(now: Plan, saved: Mapping[str, HostPlan], everything: bool) -> None:
    names = [host.name for host in now.hosts]
    lines = [f"{n}: it is in the plan, and not among the hosts" for n in saved if n not in names]
    lines = lines if everything else []
    for host in now.hosts:
        planned = saved.get(host.name)
        told = differences(planned, host) if planned else ["it is not in the plan"]
        lines += [f"{host.name}: {line}" for line in told]
    if lines:
        said = "".join(f"\n  {line}" for line in lines)
        raise click.ClickException(
            f"nothing was changed, because it would not be what was planned:{said}\n"
            "Look at what is above, and make the plan anew: kestra-provision plan --out FILE\n"
            "Or deploy only the hosts that are as planned: --limit NAME"
        )


def _leave_out(state: State, hosts: Sequence[Host]) -> None:
    """The plan has said why; the others go on."""
    for host in hosts:
        state.failed_hosts.add(host)
        state.active_hosts.discard(host)


def _ask() -> None:
    try:
        agreed(lambda: _do_confirm(_QUESTION), _QUESTION, lambda: "add -y to go on")
    except CliError as error:  # which shows itself as pyinfra's
        raise click.ClickException(error.message) from error


def _execute(state: State) -> None:
    if not verbosity():  # then it logs already
        setup_logging(logging.INFO)
    try:
        state.set_stage(StateStage.Execute)
        with suppress(PyinfraError), ctx_state.use(state):  # raised when no host is left
            run_ops(state)
        state.set_stage(StateStage.Disconnect)
    except CliError as error:  # a hook's, which shows itself as pyinfra's
        raise click.ClickException(error.message) from error
