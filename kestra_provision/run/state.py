"""The state of one run of pyinfra, and of each of its hosts, hung on pyinfra's own State.

It holds values and nothing acts in here. A test builds a `Run` of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any

from gevent.lock import BoundedSemaphore
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import State

from kestra_provision.commands.audit import Versions
from kestra_provision.flows.tree import Tree
from kestra_provision.profiles import stack_of
from kestra_provision.run.coming import Coming
from kestra_provision.run.options import DEPLOY, DRAIN_TIMEOUT, RUNBOOKS, Options, default
from kestra_provision.settings import Settings
from kestra_provision.settings.flow_secrets import Given
from kestra_provision.stack.stack import Stack
from kestra_provision.text.difference import Difference
from kestra_provision.text.next_command import NextCommand
from kestra_provision.text.utc import now

_ATTRIBUTE = "kestra_provision"


@dataclass(frozen=True)
class HeldLock:
    """The lock that this run has of a host.

    + arguments: sudo and the like; when the run ends there is no operation to ask for them
    """

    project: str
    identity: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Journey:
    """A runbook or a deploy on its way on one host.

    + action: what it is
    + before: what ran when it began
    + settings: as the host had them in mind then
    + failed: name of the operation that did
    """

    action: str
    before: Versions
    settings: Mapping[str, Any] = field(default_factory=dict)
    failed: str = ""
    time: str = field(default_factory=now)
    start: float = field(default_factory=monotonic)


@dataclass
class HostRun:
    """What this run knows of one host.

    + flows: those of the repository that its settings name
    + expected: what will be asked of the host, by its key
    + looked: when each stage brought those answers, in seconds of a clock that only goes on
    + seen: answers of the host, kept until something is changed there
    + latest_operation: hash of the one that began last
    + collected: takes what is found while the host is only looked at; None in a deploy
    + coming: what the operations asked so far would leave behind
    + touched: this run set out to start or restart containers, so the gate waits for them
    + deploys: this run is a deploy or a runbook of the host; others get no table at their end
    + versions: what the health gate saw, for that table
    + flow_secrets: what `run.flow_secrets` found for it; None before it was asked
    + kinds: of `flows`, as `kestra.kinds` makes them; None before it was asked
    """

    settings: Settings
    flows: Tree = field(default_factory=Tree, repr=False)
    expected: dict[str, Any] = field(default_factory=dict, repr=False)
    looked: dict[str, float] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict, repr=False)
    latest_operation: str = ""
    collected: list[Difference] | None = None
    coming: Coming = field(default_factory=Coming, repr=False)
    lock: HeldLock | None = None
    journey: Journey | None = None
    touched: bool = False
    deploys: bool = False
    versions: dict[str, str] = field(default_factory=dict)
    flow_secrets: Any = field(default=None, repr=False)
    kinds: Any = field(default=None, repr=False)

    @cached_property
    def stack(self) -> Stack:
        """What these settings declare."""
        return stack_of(self.settings)


@dataclass
class Run:
    """What belongs to the whole run.

    + hosts: by name, those that were chosen
    + secrets: what the operator gives, by name
    + options: what each runbook of this run was told, by its name; a deploy is `deploy`
    + commands: with this run's inventory
    + unheard: names in the laptop's `.env` that reach no container
    + of_deploy_file: pyinfra was told to run `deploy.py`, for real or for its plan
    + flow_secrets: what the laptop has for flows
    + commands_told: what commands of the laptop said, or why they did not, by their words
    + one_at_a_time: a person can answer one of them only
    """

    hosts: dict[str, HostRun]
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    options: dict[str, Options] = field(default_factory=dict)
    commands: NextCommand = field(default_factory=NextCommand)
    unheard: tuple[str, ...] = ()
    of_deploy_file: bool = False
    flow_secrets: Given = field(default_factory=Given, repr=False)
    commands_told: dict[tuple[str, ...], str | Exception] = field(default_factory=dict, repr=False)
    one_at_a_time: BoundedSemaphore = field(default_factory=BoundedSemaphore, repr=False)

    @property
    def is_deploy(self) -> bool:
        """It runs no runbook."""
        return not self.options.keys() & RUNBOOKS.keys()

    def options_of(self, runbook: str) -> Any:
        """What the runbook or the deploy was told; its defaults when it was told nothing."""
        return self.options.get(runbook) or default(runbook)

    @property
    def drain_timeout(self) -> int:
        """Seconds for which this run waits for executions before it stops Kestra."""
        told = (getattr(each, "drain_timeout", None) for each in self.options.values())
        return next((seconds for seconds in told if seconds is not None), DRAIN_TIMEOUT)

    def command(self, runbook: str, host: str, *more: str) -> str:
        """The one command that goes on with a runbook or a deploy, told the same again.

        + more: further flags
        """
        options: Options = self.options_of(runbook)
        if runbook == DEPLOY:
            return self.commands.deploy("--limit", host, *options.arguments())
        return self.commands.day_two(*options.command or (runbook,), host, *options.flags(), *more)


def hang(state: State, run: Run) -> None:
    """Hangs the run on pyinfra's state; from here on `run_of` and `of` find it."""
    setattr(state, _ATTRIBUTE, run)


def run_of(state: State | None) -> Run:
    """The run of this state; raises `PyinfraError` when there is none."""
    run: Run | None = getattr(state, _ATTRIBUTE, None)
    if run is None:
        raise PyinfraError("config.py was not read: run pyinfra in the folder of deploy.py")
    return run


def hosts_of(state: State | None) -> dict[str, HostRun]:
    """The hosts of the run by name; none where there is no run."""
    run: Run | None = getattr(state, _ATTRIBUTE, None)
    return run.hosts if run else {}


def of(host: Host) -> HostRun:
    """What the run knows of this host; raises `PyinfraError` for one that is not in it."""
    hosts = run_of(host.state).hosts
    if host.name not in hosts:
        raise PyinfraError(f"{host.name} was not chosen for this run")
    return hosts[host.name]


def stack_here(host: Host) -> Stack:
    """The stack that the settings of a host declare."""
    return of(host).stack


def settings_of(host: Host) -> Settings:
    """The validated settings of a host of this run."""
    return of(host).settings
