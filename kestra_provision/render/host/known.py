"""What the host's scripts know of their stack, as text of bash. None of it is a secret."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping

from kestra_provision import LABEL
from kestra_provision.commands import lock
from kestra_provision.commands.inspect import LINE
from kestra_provision.settings import Settings
from kestra_provision.settings.addresses import reached
from kestra_provision.settings.env_lines import ASSIGNMENT, RULES, STEERING
from kestra_provision.stack import limits
from kestra_provision.stack.service import Port, Service
from kestra_provision.stack.stack import Stack


def constants(settings: Settings, stack: Stack) -> dict[str, str]:
    """One value for the whole stack, by the shell's name for it.

    + `url`: as the inventory has it, empty where it has none
    """
    page = stack.main.page
    return {
        "root": stack.root,
        "project": stack.project,
        "phase": stack.name,
        "main": stack.main.name,
        "label": LABEL,
        "service_format": LINE,
        "lock": lock.path(stack.project),
        "url": settings.kestra_url or "",
        "ui_port": str(page.port.inside) if page else "",
        "health_timeout": str(settings.health_timeout),
        "restart_loop": str(limits.RESTART_LOOP),
        "tasks_grace": str(limits.TASKS_GRACE),
        "just_started": str(limits.JUST_STARTED),
        "just_failed": str(limits.JUST_FAILED),
    }


def lists(stack: Stack) -> list[str]:
    """One value for each service, port or login: a declaration a line."""
    return [
        _array("services", (service.name for service in stack.services)),
        _array("shown", (service.name for service in stack.shown)),
        _table("containers", {s.name: s.container for s in stack.services}),
        _table("titles", {s.name: s.title for s in stack.services}),
        _table("needs", {s.name: " ".join(s.needs) for s in stack.services if s.needs}),
        _table("held", {s.name: " ".join(stack.held(s)) for s in stack.services if s.needs}),
        _array("ports", (_port(service, port) for service, port in stack.published)),
        _array("databases", _logins(stack)),
        _array("configurations", _configurations(stack)),
        _table("useless", {s.name: " ".join(_useless(s)) for s in stack.services if _useless(s)}),
        "declare -gA states=() begun=()",
    ]


def _useless(service: Service) -> list[str]:
    """Patterns of `CHECK/WORD`, Docker's and ours: a restart mends it, and waiting does not."""
    return [
        f"{'*' if not meaning.waits else 'healthy' if service.checked else ''}/{word}"
        for question in service.questions
        for word, meaning in question.meanings.items()
        if meaning.restart
    ]


def env_rules() -> list[str]:
    """How `.env` is read, a line each: as the laptop does."""
    rules = (f"    {_pattern(rule.pattern)} {shlex.quote(rule.why)}" for rule in RULES)
    return [
        f"env_assignment={shlex.quote(ASSIGNMENT)}",
        f"env_steering={shlex.quote(STEERING)}",
        "env_rules=(",
        *rules,
        ")",
    ]


def other_variables(stack: Stack) -> list[str]:
    """Names in `.env` that do not begin as ours do, and so must be named to be kept out."""
    names = [*stack.environment, *(secret.name for _, secret in stack.secrets)]
    return [name for name in dict.fromkeys(names) if not name.startswith("KESTRA_")]


def quoted(values: Mapping[str, str]) -> dict[str, str]:
    """Each value as one word of the shell."""
    return {name: shlex.quote(value) for name, value in values.items()}


def _port(service: Service, port: Port) -> str:
    return "|".join(
        [
            service.name,
            str(port.inside),
            port.address,
            reached(port.address),
            str(port.published),
            port.variable,
            port.setting,
            port.title,
        ]
    )


def _pattern(pattern: str) -> str:
    if not pattern.startswith(ASSIGNMENT):
        return shlex.quote(pattern)
    rest = pattern.removeprefix(ASSIGNMENT)
    return f'"$env_assignment"{shlex.quote(rest) if rest else ""}'


def _logins(stack: Stack) -> list[str]:
    """Of services whose database is on a server of this stack."""
    found = []
    for service in stack.services:
        server, database = stack.server_of(service), service.database
        if server and database:
            login = (service.name, server.name, database.name, database.user, database.secret)
            found.append("|".join(login))
    return found


def _configurations(stack: Stack) -> Iterator[str]:
    """Of services that read secrets from files; of flows' nobody knows the names."""
    for service in stack.services:
        if service.configuration:
            names = " ".join(service.configured)
            yield "|".join((service.name, service.configuration.path, names))
        if service.variables:
            yield "|".join((service.name, service.variables.path, ""))


def _array(name: str, values: Iterable[str]) -> str:
    return f"{name}=({' '.join(map(shlex.quote, values))})"


def _table(name: str, values: Mapping[str, str]) -> str:
    """`-g`, because a function may be what sources the file."""
    entries = " ".join(f"[{key}]={shlex.quote(value)}" for key, value in values.items())
    return f"declare -gA {name}=({entries})"
