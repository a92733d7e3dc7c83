"""Is the stack healthy? Asked from the containers up to an authenticated answer of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from pyinfra.api.host import Host

from kestra_provision.facts.health import Health, HostHealth, ServiceHealth, health_arguments
from kestra_provision.health.api import api_answers
from kestra_provision.health.check import Check
from kestra_provision.health.meaning import Judge, Judged, sentence
from kestra_provision.profiles import stack_of
from kestra_provision.render.host.scripts import judgement
from kestra_provision.run.observation import Look, fact_look
from kestra_provision.run.observation import seen as seen_of
from kestra_provision.run.state import run_of
from kestra_provision.secrets.env import HostEnv, expected_env, read_env, stale_secrets
from kestra_provision.services import kestra
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack

#: Within the name of what `stranded` finds.
WITHOUT = " without "


@dataclass(frozen=True)
class Verdict:
    """The checks that were made, in order; the first failed one ends the list.

    + seen: every service, also those that come after the failed one
    """

    checks: tuple[Check, ...]
    versions: dict[str, str] = field(default_factory=dict)
    seen: HostHealth = field(default_factory=HostHealth)

    @property
    def healthy(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def failed(self) -> Check:
        """The first check that failed; only asked of a verdict that is not healthy."""
        return next(check for check in self.checks if not check.ok)


def health_look(settings: Settings, stack: Stack) -> Look[HostHealth]:
    """The question how every service is, as the host's own scripts would judge it."""
    return fact_look(Health, **health_arguments(stack, judgement(settings, stack)))


def look_at(host: Host, settings: Settings, stack: Stack) -> HostHealth:
    """Asks it, in a channel of its own."""
    return health_look(settings, stack).alone(host)


def observe(host: Host, settings: Settings, *, anew: bool = True) -> Verdict:
    """Asks everything once, without waiting: two exec channels and one HTTP connection.

    + anew: else what was seen of the host counts, as long as nothing was changed there, beside the
      `.env` that a plan is about to write

    The order is that of cause and effect, and it stops at the first failure, so that what is
    named is the cause and not one of its effects.
    """
    stack = stack_of(settings)
    look = health_look(settings, stack)
    seen = look.alone(host) if anew else seen_of(host, look)
    stale = set() if anew else stale_secrets(host, settings.root_dir)
    judge = Judge(stack, seen, host.name, run_of(host.state).commands, stale)
    env_of = read_env if anew else expected_env
    versions = {"docker": seen.docker}
    versions |= {service.name: seen[service.name].version for service in stack.services}
    checks: list[Check] = []
    for check in _checks(host, settings, judge, versions, env_of):
        checks.append(check)
        if not check.ok:
            break
    return Verdict(tuple(checks), versions, seen)


def stranded(settings: Settings, verdict: Verdict) -> Check | None:
    """A service that outlived what it needs, which Docker shows as Up for a minute and more.

    Kestra's ports close within seconds: the effect of what failed, and what its users notice.
    """
    stack, failed = stack_of(settings), verdict.failed
    for cause in stack.services:
        if cause.container != failed.container:
            continue
        for service in stack.dependents(cause.name):
            seen = verdict.seen[service.name]
            if seen.container.status == "running" and not service.meaning(seen.word)[1].ok:
                lost = "its database" if stack.server_of(service) == cause else cause.title
                name = f"{service.container}{WITHOUT}{lost}"
                return Check(name, False, seen.detail, service.container)
    return None


def _checks(
    host: Host,
    settings: Settings,
    judge: Judge,
    versions: dict[str, str],
    env_of: Callable[[Host, str], HostEnv],
) -> Iterator[Check]:
    stack, seen = judge.stack, judge.seen
    env = cache(lambda: env_of(host, settings.root_dir))
    try:
        for service in stack.services:
            for judged in judge.of(service):
                if judged.question and judged.question.asks:
                    # A file that nobody can read is the cause of what is asked with a secret.
                    env()
                yield _check(service, judged, seen[service.name])
            yield from _ports_as_declared(judge, service)
            if service.name == kestra.NAME:
                for check in api_answers(host, settings, env(), versions, seen[service.name]):
                    yield replace(check, fix=judge.fill(check.fix, service))
    except EnvFileError as error:
        fix = judge.fill("mend that line, then: {deploy}", stack.main)
        yield Check(
            ".env",
            False,
            str(error),
            stack.main.container,
            fatal=True,
            cause="an edit went wrong",
            fix=fix,
        )


def _check(service: Service, judged: Judged, seen: ServiceHealth) -> Check:
    question, meaning = judged.question, judged.meaning
    name = question.name if question else f"container {service.container}"
    detail = judged.detail
    if question and not question.asks and not judged.ok:
        detail = sentence(service.container, judged.word, detail)
    # One that is Up for a moment may stay this time: its restarts were for another reason.
    again = question is None and seen.container.status == "running"
    return Check(
        name,
        judged.ok,
        detail,
        service.container,
        fatal=not (meaning.ok or meaning.waits or again),
        # One that never was healthy is still starting, unless its start has failed.
        restart=meaning.restart
        and (seen.container.health == "healthy" or not (service.checked and meaning.waits)),
        cause=meaning.cause,
        fix=meaning.fix,
    )


def _ports_as_declared(judge: Judge, service: Service) -> Iterator[Check]:
    """A port that is published otherwise than declared would only look closed from elsewhere."""
    seen = judge.seen[service.name].container.published
    if seen is None:
        return
    for port in service.ports:
        at = seen.get(port.inside, ())
        if port.published is not None and port.published not in at:
            actual = " and ".join(map(str, at)) or "not published"
            yield Check(
                f"container {service.container}",
                False,
                f"its {port.title} is {actual}, declared: {port.published}",
                service.container,
                cause="its container was made with other ports",
                fix=judge.fill("{deploy}", service),
            )
