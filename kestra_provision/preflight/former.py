"""Judges whether another stack has been here, of another profile or name, whose data stays behind.

Two stacks in one directory would take turns with its `.env` and its files; under one name, compose
would take the other's containers for orphans. Neither takes data along.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from kestra_provision.facts.survey import HostSurvey
from kestra_provision.profiles.others import (
    Marks,
    default_project,
    every_profile,
    likeliest,
    marks_of,
)
from kestra_provision.settings import Problem
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack


@dataclass(frozen=True)
class Former:
    """Another stack than the declared one; what nothing tells any more is empty.

    + place: its directory
    + volumes, files: with its data
    """

    project: str
    profile: str
    place: str
    volumes: tuple[str, ...]
    files: tuple[str, ...]


def judge_former(stack: Stack, survey: HostSurvey) -> Iterator[Problem]:
    """The stack that is in the way, what a deploy would leave behind of it, and the ways out."""
    if former := former_stack(stack, survey):
        other = former.profile not in ("", stack.name)
        whose = f"the stack {former.project}" if former.project else "a stack"
        yield Problem(
            f"{former.place or f'the name {stack.project}'} belongs to {whose}"
            f"{f' of profile {former.profile}' if other else ''} on the host, and a deploy of "
            f"{f'profile {stack.name}' if other else f'the stack {stack.project}'} would leave "
            f"behind {', '.join(_left(stack, survey, former))}",
            "profile" if other else "project_name",
            f"set {_its_own(stack, former)} to go on with it; or keep both: give this one a "
            f"root_dir and a project_name of its own{_aside(stack, survey, former)}",
        )


def former_stack(stack: Stack, survey: HostSurvey) -> Former | None:
    """Another name in our directory, or under our name what only another profile has.

    Its containers may be gone: a compose file, `.env`, a volume or a file with data tell as well.
    """
    here = [c.project for c in survey.containers if c.ours and c.directory == stack.root]
    named = [name for name in (*here, survey.deployed) if name]
    project = next((name for name in named if name != stack.project), stack.project)
    seen = survey.volumes | survey.data_files | survey.env_names
    profiles = every_profile(project, stack.root)
    if project == stack.project:
        profiles = {
            name: marks
            for name, marks in profiles.items()
            if name != stack.name and _is_of(marks, stack, survey)
        }
        if not profiles:
            return None
    profile = likeliest(profiles, seen)
    volumes = frozenset[str]().union(*(marks.volumes for marks in profiles.values()))
    if not (named or volumes & survey.volumes):
        # Nothing tells the name; the profile's own one is likely, unless that is somewhere else.
        project = default_project(profile)
        volumes = every_profile(project, stack.root)[profile].volumes
        elsewhere = any(c.project == project for c in survey.containers)
        project = "" if elsewhere or not volumes & survey.volumes else project
    files = frozenset[str]().union(*(marks.files for marks in profiles.values()))
    its = (c.directory for c in survey.containers if c.ours and c.project == project)
    traces = survey.deployed or survey.env_names or survey.data_files
    return Former(
        project,
        profile,
        next((place for place in its if place), stack.root if traces else ""),
        tuple(sorted(volumes & survey.volumes)) if project else (),
        tuple(sorted(files & survey.data_files)),
    )


def _is_of(other: Marks, stack: Stack, survey: HostSurvey) -> bool:
    """Data that only the other one has is there, or all of its names; or else all it has, and
    nothing that it has not. A single name may be a key of the operator's own."""
    own, seen = marks_of(stack), survey.volumes | survey.data_files | survey.env_names
    names = other.names - own.names
    if (other.volumes - own.volumes) & seen or (other.files - own.files) & seen:
        return True
    if names and names <= seen:
        return True
    here = {c.name for c in survey.containers if c.belongs_to(stack.project)}
    more = {stack[name].container for name in own.services - other.services}
    return other.every <= seen and not ((own.every - other.every) & seen or more & here)


def _left(stack: Stack, survey: HostSurvey, former: Former) -> Iterator[str]:
    yield from (f"the data in volume {volume}" for volume in former.volumes)
    yield from (f"the data in {file}" for file in former.files)
    if not former.place:
        return
    yield f"the files in {Layout(former.place).storage}"
    if former.place != stack.root or survey.env_written:
        yield f"the secrets in {former.place}/.env"


def _its_own(stack: Stack, former: Former) -> str:
    given = {
        "profile": (former.profile, stack.name),
        "project_name": (former.project, stack.project),
        "root_dir": (former.place, stack.root),
    }
    return ", ".join(
        f"{name} = '{its}'" for name, (its, ours) in given.items() if its not in ("", ours)
    )


def _aside(stack: Stack, survey: HostSurvey, former: Former) -> str:
    """Deletes no data: back in its place, a deploy of its profile goes on with it."""
    if former.place != stack.root or (former.project == stack.project and former.volumes):
        # Its volume would be under our name for ever.
        return ""
    root = shlex.quote(stack.root)
    away = f"mv {root} {shlex.quote(f'{stack.root}.{former.project or former.profile}')}"
    its = [c.name for c in survey.containers if c.ours and c.project == former.project]
    if survey.deployed == former.project != "":
        away = f"docker compose --project-directory {root} down && {away}"
    elif its:
        away = f"docker rm -f {shlex.join(its)} && {away}"
    return f"; or put the other aside: {away}"
