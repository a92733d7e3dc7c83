"""What the other profiles would have in the place of a stack: how another one is told there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kestra_provision.profiles import PROFILES
from kestra_provision.stack.stack import Stack


@dataclass(frozen=True)
class Marks:
    """What a stack has on its host, and another one may not.

    + volumes: with data, by Docker's name
    + files: with data, of services that need no server for it
    + names: in `.env`
    + services: by name
    """

    volumes: frozenset[str]
    files: frozenset[str]
    names: frozenset[str]
    services: frozenset[str]

    @property
    def every(self) -> frozenset[str]:
        return self.volumes | self.files | self.names


def marks_of(stack: Stack) -> Marks:
    return Marks(
        frozenset(volume.name for volume in stack.volumes),
        frozenset(store.path for store in stack.stores),
        frozenset({*stack.environment, *stack.secret_names}),
        frozenset(stack.containers),
    )


def every_profile(project: str, root: str) -> dict[str, Marks]:
    """The marks of each profile's stack, were it there under that name with its defaults."""
    given = {"project_name": project, "root_dir": root}
    return {
        name: marks_of(profile.stack(profile.settings.model_validate(given)))
        for name, profile in PROFILES.items()
    }


def likeliest(profiles: dict[str, Marks], seen: Iterable[str]) -> str:
    """The one that most is there of and least is missing; empty when nothing is there of any."""
    there = frozenset(seen)
    points = {
        name: len(marks.every & there) - len(marks.every - there)
        for name, marks in profiles.items()
        if marks.every & there
    }
    return max(points, key=lambda name: points[name], default="")


def default_project(profile: str) -> str:
    """What compose calls its stack where nobody gave it a name."""
    return PROFILES[profile].settings.model_validate({}).project_name
