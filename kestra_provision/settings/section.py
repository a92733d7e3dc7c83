"""A section: settings that belong together, with the rules between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A part of the settings of a profile, mixed into its class.

    A section whose rules need the fields of another one inherits from it.

    + title: its heading wherever settings are shown
    + environment: setting by the name that it has in `.env`
    + fixed: names in `.env` that can have one value only
    + derived: names in `.env` that say nothing on the laptop, with the setting they follow from
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: ClassVar[str]
    environment: ClassVar[Mapping[str, str]] = {}
    fixed: ClassVar[Mapping[str, str]] = {}
    derived: ClassVar[Mapping[str, str]] = {}

    def contradictions(self) -> Iterator[str]:
        """What is wrong between settings, each of which is right by itself.

        One line each, with the names of the settings and what would do. Every class has its own,
        and calls nobody else's.
        """
        return iter(())

    def all_contradictions(self) -> list[str]:
        """Those of all its classes."""
        parts = [part for part in _parts(type(self)) if "contradictions" in vars(part)]
        return [line for part in parts for line in part.contradictions(self)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """All that is wrong in one message, so that one run shows everything."""
        if problems := self.all_contradictions():
            raise ValueError("\n".join(problems))
        return self


def sections_of(settings: type[Section]) -> list[type[Section]]:
    """The sections that a class is made of, in the order of its fields."""
    return [part for part in _parts(settings) if "title" in vars(part)]


def fields_of(section: type[Section]) -> list[str]:
    """The settings of a section, without those of others that it inherits from."""
    others = {name for part in section.__mro__[1:] for name in getattr(part, "model_fields", ())}
    return [name for name in section.model_fields if name not in others]


def _parts(settings: type[Section]) -> list[type[Section]]:
    return [part for part in reversed(settings.__mro__) if issubclass(part, Section)]
