"""What is wrong between the settings of several services; a profile asks it of its own stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from kestra_provision.settings import Settings
from kestra_provision.settings.versions import registry_of
from kestra_provision.stack.stack import Stack


def clashes(settings: Settings, stack: Stack) -> Iterator[str]:
    """One line each: a port or a container's name that is taken twice, a login for nothing."""
    yield from _twice((port.setting, port.published) for _, port in stack.published)
    yield from _twice((each.container_setting, each.container) for each in stack.shown)
    images = {service.image_setting: registry_of(service.image) for service in stack.shown}
    if settings.registry and settings.registry not in images.values():
        yield f"registry {settings.registry} is not that of {' or '.join(images)}"


def _twice(values: Iterable[tuple[str, object]]) -> Iterator[str]:
    for (first, value), (second, other) in combinations(values, 2):
        if value == other:
            yield f"{first} and {second} are both {value}"
