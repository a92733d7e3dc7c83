"""Set-ups: which services a host has, and their settings.

A profile is a class of settings, made of sections, and a function from them to a stack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kestra_provision.profiles.devorch import DevOrch, devorch
from kestra_provision.profiles.quick import Quick, quick
from kestra_provision.profiles.tools import Tools, tools
from kestra_provision.settings import Settings
from kestra_provision.stack.stack import Stack


@dataclass(frozen=True)
class Profile:
    """
    + settings: their class, with the defaults of this profile
    + stack: made of settings of that class
    """

    settings: type[Settings]
    stack: Callable[[Any], Stack]


#: By the name that the setting `profile` has; the first one is the default.
PROFILES = {
    "tools": Profile(Tools, tools),
    "quick": Profile(Quick, quick),
    "devorch": Profile(DevOrch, devorch),
}
DEFAULT = next(iter(PROFILES))
#: The settings of each profile.
SETTINGS: dict[str, type[Settings]] = {name: each.settings for name, each in PROFILES.items()}


def stack_of(settings: Settings) -> Stack:
    """The stack that these settings declare; pure, so that files can be rendered without a host."""
    return PROFILES[settings.profile].stack(settings)


def known_settings() -> set[str]:
    """Every setting of every profile."""
    return {name for each in SETTINGS.values() for name in each.model_fields}
