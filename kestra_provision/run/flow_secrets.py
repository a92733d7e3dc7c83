"""Secrets of flows that the operator gives for a host: from `.env`, the environment, commands."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra.api.host import Host

from kestra_provision.flows.exposed import exposed
from kestra_provision.flows.tree import Tree
from kestra_provision.run.state import of, run_of
from kestra_provision.settings import Settings
from kestra_provision.settings.flow_secrets import (
    MOST,
    PREFIX,
    Given,
    encoded,
    name_refusal,
    refusal,
    way_out,
)
from kestra_provision.text.problem import Problem
from kestra_provision.text.words import plural

#: By the words of a command: what it printed, or why nothing.
Asked = dict[tuple[str, ...], str | Exception]
#: Seconds that a command has; a person may have to unlock something.
TIMEOUT = 60
FILE, ENVIRONMENT = ".env", "the environment"


class CommandError(Exception):
    """A command has no value; says why, and nothing of what it printed."""


@dataclass(frozen=True)
class Found:
    """What a host shall have, by NAME.

    + values: of those that are told
    + sources: where each comes from, told or not
    + problems: what keeps a deploy from going on
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    sources: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def untold(self) -> frozenset[str]:
        """Names whose value nobody knows: what the host has of them stays."""
        return frozenset(self.sources.keys() - self.values.keys())


def found(host: Host) -> Found:
    """All of it, asked once in a run: a command may ask a person."""
    of_host, run = of(host), run_of(host.state)
    with run.one_at_a_time:
        if of_host.flow_secrets is None:
            of_host.flow_secrets = gathered(
                of_host.settings, of_host.flows, run.flow_secrets, run.commands_told
            )
        answer: Found = of_host.flow_secrets
    return answer


def sources(settings: Settings, tree: Tree, given: Given) -> dict[str, str]:
    """Where each comes from. A variable of the laptop's counts where somebody asks for it.

    The environment wins, as it does for settings.
    """
    commands = {name: f"{words[0]} …" for name, words in settings.flow_secrets.items()}
    declared = {**commands, **dict.fromkeys(given.file, FILE)}
    wanted = declared.keys() | tree.secrets.keys()
    set_here = [name for name in given.environment if name in wanted]
    return dict(sorted({**declared, **dict.fromkeys(set_here, ENVIRONMENT)}.items()))


def told(words: Sequence[str]) -> str:
    """What a command prints, without one final line break; raises `CommandError`."""
    program = words[0]
    try:
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            try:
                printed, _ = process.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                # What it started itself may hold the pipe; nobody waits for that.
                process.kill()
                raise CommandError(f"{program} did not end within {TIMEOUT} s") from None
    except OSError as error:
        raise CommandError(f"{program} cannot be run here: {error.strerror}") from None
    if process.returncode:
        raise CommandError(f"{program} ended with {process.returncode}")
    try:
        return printed.removesuffix(b"\n").decode()
    except UnicodeDecodeError:
        raise CommandError(f"what {program} prints is no UTF-8") from None


def gathered(settings: Settings, tree: Tree, given: Given, asked: Asked) -> Found:
    """What a host with these settings shall have.

    + asked: what commands said before, and from here on
    """
    where = sources(settings, tree, given)
    problems = [*_missing(tree, where), *_twice(settings, given)]
    values: dict[str, str] = {}
    for name, source in where.items():
        try:
            values[name] = _value(name, source, settings, given, asked)
        except CommandError as error:
            what = f"{PREFIX}{name} {error}"
            fix = "run that command by hand on this machine, then deploy again"
            problems.append(Problem(what, "flow_secrets in the inventory", fix))
            continue
        if why := refusal(values[name]):
            del values[name]
            place = source if source in (FILE, ENVIRONMENT) else f"what {source} prints"
            problems.append(Problem(f"{PREFIX}{name} {why}", place, way_out(name)))
    if (size := sum(len(encoded(value)) for value in values.values())) > MOST:
        what = f"the secrets of flows are {size} characters in base64, and at most {MOST} will do"
        problems.append(Problem(what, "all of them", "move what is long into a namespace file"))
    return Found(values, where, (*problems, *exposed(tree.values, values)))


def _value(name: str, source: str, settings: Settings, given: Given, asked: Asked) -> str:
    """Raises `CommandError`."""
    if source == ENVIRONMENT:
        return given.environment[name]
    if source == FILE:
        return given.file[name]
    words = tuple(settings.flow_secrets[name])
    if words not in asked:
        try:
            asked[words] = told(words)
        except CommandError as error:
            asked[words] = error
    answer = asked[words]
    if isinstance(answer, Exception):
        raise CommandError(f"has no value: {answer}")
    return answer


def _missing(tree: Tree, where: Mapping[str, str]) -> Iterator[Problem]:
    """What a flow asks for and nobody gives, at its first place."""
    for name, uses in sorted(tree.secrets.items()):
        if name in where:
            continue
        others = f", as do {plural(len(uses) - 1, 'more file')}" if len(uses) > 1 else ""
        what = f"it asks for secret('{name}'){others}, and nobody gives {PREFIX}{name}"
        if why := name_refusal(name):
            what = f"it asks for secret('{name}'), whose name {why}"
            yield Problem(what, str(uses[0]), "give it such a name there")
        else:
            yield Problem(what, str(uses[0]), way_out(name))


def _twice(settings: Settings, given: Given) -> Iterator[Problem]:
    for name in sorted({*settings.flow_secrets} & {*given.file}):
        what = f"{PREFIX}{name} stands in .env, and flow_secrets has a command for it"
        yield Problem(what, ".env and the inventory", "remove one of them")
