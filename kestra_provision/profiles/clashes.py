"""What is wrong between the settings of several services; a profile asks it of its own stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from kestra_provision.settings import Settings
from kestra_provision.settings.variables import refusal
from kestra_provision.settings.versions import registry_of
from kestra_provision.stack.stack import Stack


def clashes(settings: Settings, stack: Stack) -> Iterator[str]:
    """One line each: a port or a container's name that is taken twice, a login for nothing."""
    yield from _twice((port.setting, port.published) for _, port in stack.published)
    yield from _twice((each.container_setting, each.container) for each in stack.shown)
    images = {service.image_setting: registry_of(service.image) for service in stack.shown}
    yield from _variables(settings, stack)
    if settings.registry and settings.registry not in images.values():
        yield f"registry {settings.registry} is not that of {' or '.join(images)}"


def _variables(settings: Settings, stack: Stack) -> Iterator[str]:
    """Those of the operator's that are names of the stack's own, in `.env` or in a container."""
    own = {*stack.environment, *stack.secret_names}
    own |= {secret.inside for _, secret in stack.secrets}
    own |= {made.inside for _, made in stack.made_with}
    for name in settings.kestra_env:
        if name.upper() in own and not refusal(name):
            yield f"kestra_env: {name} is a name of the stack's own: choose another one"


def _twice(values: Iterable[tuple[str, object]]) -> Iterator[str]:
    for (first, value), (second, other) in combinations(values, 2):
        if value == other:
            yield f"{first} and {second} are both {value}"
