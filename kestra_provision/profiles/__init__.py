"""Set-ups: which services a host has. A profile is a function from settings to a stack."""

from __future__ import annotations

from collections.abc import Callable

from kestra_provision.profiles.tools import tools
from kestra_provision.settings import Settings
from kestra_provision.stack.stack import Stack

#: By the name that the setting `profile` has.
PROFILES: dict[str, Callable[[Settings], Stack]] = {"tools": tools}


def stack_of(settings: Settings) -> Stack:
    """The stack that these settings declare; pure, so that files can be rendered without a host."""
    return PROFILES[settings.profile](settings)
