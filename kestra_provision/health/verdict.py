"""Is Kestra healthy? Asked from the containers up to an authenticated answer of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pyinfra.api.host import Host

from kestra_provision.facts.health import ContainerHealth, Health, HostHealth
from kestra_provision.health.checks import (
    Check,
    api_answers,
    container_runs,
    database_login,
    management_answers,
    ports_as_declared,
)
from kestra_provision.secrets.env import HostEnv, read_env
from kestra_provision.settings import Settings
from kestra_provision.settings.env_file import EnvFileError

#: Ends the name of what `stranded` finds.
WITHOUT_DATABASE = "without its database"


@dataclass(frozen=True)
class Verdict:
    """The checks that were made, in order; the first failed one ends the list.

    + kestra: its container, also where PostgreSQL failed before it was asked
    """

    checks: tuple[Check, ...]
    versions: dict[str, str] = field(default_factory=dict)
    kestra: ContainerHealth = field(default_factory=ContainerHealth)

    @property
    def healthy(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def failed(self) -> Check:
        """The first check that failed; only asked of a verdict that is not healthy."""
        return next(check for check in self.checks if not check.ok)


def observe(
    host: Host, settings: Settings, env_of: Callable[[Host, str], HostEnv] = read_env
) -> Verdict:
    """Asks everything once, without waiting: three exec channels and two HTTP connections.

    + env_of: reads `.env`; `observed_env` spares its channel

    The order is that of cause and effect, and it stops at the first failure, so that what is
    named is the cause and not one of its effects.
    """
    seen = host.get_fact(
        Health, kestra=settings.container_name, postgres=settings.postgres_container_name
    )
    versions = {"docker": seen.docker, "postgres": seen.postgres_version}
    checks: list[Check] = []
    for check in _checks(host, settings, seen, versions, env_of):
        checks.append(check)
        if not check.ok:
            break
    return Verdict(tuple(checks), versions, seen.kestra)


def stranded(host: Host, settings: Settings, verdict: Verdict) -> Check | None:
    """Kestra that outlived its PostgreSQL, which Docker shows as Up for a minute and more.

    Its ports close within seconds: the effect of what failed, and what its users notice.
    """
    failed = verdict.failed
    if failed.container != settings.postgres_container_name or verdict.kestra.status != "running":
        return None
    answer = management_answers(host, settings, verdict.kestra)
    if answer.ok:
        return None
    name = settings.container_name
    # The status alone where there is one: the body is a page of JSON.
    said = answer.detail[:3] if answer.detail[:3].isdigit() else answer.detail
    detail = f"its container is Up, and /health says: {said}; {failed.name}: {failed.detail}"
    return Check(f"{name} {WITHOUT_DATABASE}", False, detail, name)


def _checks(
    host: Host,
    settings: Settings,
    seen: HostHealth,
    versions: dict[str, str],
    env_of: Callable[[Host, str], HostEnv],
) -> Iterator[Check]:
    yield container_runs(settings.postgres_container_name, seen.postgres)
    yield Check(
        "pg_isready",
        seen.accepting,
        "PostgreSQL accepts connections" if seen.accepting else "PostgreSQL accepts no connections",
        settings.postgres_container_name,
    )
    try:
        env = env_of(host, settings.root_dir)
    except EnvFileError as error:
        yield Check(".env", False, str(error), settings.container_name, fatal=True)
        return
    yield database_login(host, settings, env)
    yield container_runs(settings.container_name, seen.kestra)
    yield from ports_as_declared(settings, seen.kestra)
    yield management_answers(host, settings, seen.kestra)
    yield from api_answers(host, settings, env, versions)
