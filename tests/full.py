"""Every profile with all that it may have."""

from __future__ import annotations

from kestra_provision.profiles import PROFILES
from kestra_provision.settings import Settings

#: Services that a profile has only when they are asked for, by the setting that does it.
ASKED_FOR = {"sidecar_image": "sidecar:1.0", "script_tasks": "docker"}


def full_settings() -> list[Settings]:
    """One of each profile."""
    found = []
    for profile in PROFILES.values():
        known = profile.settings.model_fields
        given = {name: value for name, value in ASKED_FOR.items() if name in known}
        found.append(profile.settings.model_validate(given))
    return found
