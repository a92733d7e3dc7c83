"""What the checks judge: everything that was seen of one host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kestra_provision.commands.lock import Answer, Holder
from kestra_provision.facts.condition import HostCondition
from kestra_provision.facts.health import HostHealth
from kestra_provision.facts.images import ImagesSeen
from kestra_provision.facts.network import NetworkSeen
from kestra_provision.facts.paths import PathsSeen
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.facts.traces import TracesSeen
from kestra_provision.health.check import Check
from kestra_provision.health.meaning import Judge
from kestra_provision.profiles import stack_of
from kestra_provision.secrets.env import HostEnv
from kestra_provision.services import kestra
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFile
from kestra_provision.stack.stack import Stack
from kestra_provision.text.next_command import NextCommand


@dataclass(frozen=True)
class Evidence:
    """What was not asked, because something before it was missing, has its default.

    + name: of the host in the inventory
    + commands: with the inventory in use
    + now: this machine's clock when the host told its own, in Unix seconds
    + env_error: why `.env` could not be read
    + api: what Kestra's API answers; empty when it was not asked
    + lock: the state of the lock and its holder; None without a lock
    """

    settings: Settings
    name: str
    commands: NextCommand
    now: float
    survey: HostSurvey = field(default_factory=HostSurvey)
    condition: HostCondition = field(default_factory=HostCondition)
    traces: TracesSeen = field(default_factory=TracesSeen)
    health: HostHealth = field(default_factory=HostHealth)
    images: ImagesSeen = field(default_factory=ImagesSeen)
    paths: PathsSeen = field(default_factory=lambda: PathsSeen({}))
    networks: Mapping[str, NetworkSeen] = field(default_factory=dict)
    env: HostEnv = field(default_factory=lambda: HostEnv(EnvFile.parse(""), ""))
    env_error: str = ""
    api: tuple[Check, ...] = ()
    lock: tuple[Answer, Holder] | None = None

    @property
    def deploy(self) -> str:
        """The command that mends most of it."""
        return self.commands.deploy("--limit", self.name)

    def day_two(self, command: str, *words: str) -> str:
        """`kestra-provision COMMAND` of this host."""
        return self.commands.day_two(command, self.name, *words)

    @cached_property
    def stack(self) -> Stack:
        """What the settings declare."""
        return stack_of(self.settings)

    @property
    def logged(self) -> str:
        """The service whose log the traces are of."""
        return logged(self.stack)

    @property
    def judge(self) -> Judge:
        """What the look at the services means."""
        return Judge(self.stack, self.health, self.name, self.commands)


def logged(stack: Stack) -> str:
    """The service in whose log trouble shows: Kestra, or else what the stack is there for."""
    return kestra.NAME if kestra.NAME in stack.containers else stack.main.name
