"""The settings of all profiles, section by section, for whoever shows them to people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kestra_provision.settings.model import Settings
from kestra_provision.settings.section import Section, fields_of, sections_of

#: The settings of each profile; the first one is the default profile.
Profiles = Mapping[str, type[Settings]]


@dataclass(frozen=True)
class Shown:
    """A setting.

    + defaults: by profile, those that have it
    """

    name: str
    description: str
    defaults: Mapping[str, Any]

    @property
    def value(self) -> Any:
        """Of the first profile that has the setting."""
        return next(iter(self.defaults.values()))

    @property
    def default(self) -> str:
        """The same as Python writes it."""
        return literal(self.value)

    @property
    def others(self) -> dict[str, str]:
        """Profiles with another default, which a profile has of its own name too."""
        found = {profile: literal(value) for profile, value in self.defaults.items()}
        return {p: v for p, v in found.items() if v != self.default and self.name != "profile"}


@dataclass(frozen=True)
class Part:
    """A section as it is shown.

    + profiles: those that have it
    + everywhere: that is all of them
    """

    section: type[Section]
    profiles: list[str]
    everywhere: bool
    settings: list[Shown]

    @property
    def of_profiles(self) -> str:
        """Empty where every profile has it."""
        if self.everywhere:
            return ""
        return f"profile{'s' if len(self.profiles) > 1 else ''} {', '.join(self.profiles)}"


def outline(profiles: Profiles) -> Iterator[Part]:
    """Every section once, in the order of the settings."""
    all_sections = (section for each in profiles.values() for section in sections_of(each))
    for section in dict.fromkeys(all_sections):
        owners = {name: each for name, each in profiles.items() if issubclass(each, section)}
        settings = [
            Shown(
                name,
                str(section.model_fields[name].description),
                {profile: each.model_fields[name].default for profile, each in owners.items()},
            )
            for name in fields_of(section)
        ]
        yield Part(section, [*owners], len(owners) == len(profiles), settings)


def literal(value: Any) -> str:
    """As Python writes it, texts between double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)
