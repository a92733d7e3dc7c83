"""Which services beside the main one a stop or a restart takes along."""

from __future__ import annotations

from dataclasses import dataclass

from kestra_provision.run.options import Stop
from kestra_provision.services import BESIDE
from kestra_provision.stack.stack import Stack


@dataclass(frozen=True)
class Beside:
    """A service that may be stopped as well.

    + skipped: why it is not; empty where it is
    """

    service: str
    title: str
    skipped: str = ""


def beside(stack: Stack, options: Stop) -> list[Beside]:
    """In the order of their stop: who needs another one goes before that, asked for or not."""
    asked = {name for name in BESIDE if options.takes(name)}
    taken = asked | {each.name for name in asked for each in stack.dependents(name)}
    found = [
        Beside(
            service.name, service.title, "" if service.name in taken else _not_asked(service.name)
        )
        for service in stack.shown[1:]
    ]
    strange = [name for name in BESIDE if name in asked - {*stack.containers}]
    return [*found, *(Beside(n, BESIDE[n], f"profile {stack.name} has none") for n in strange)]


def _not_asked(name: str) -> str:
    return f"not asked for (--{name}, or --data {name}=true)"
