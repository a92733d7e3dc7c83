"""What the operator's laptop says of all hosts: its `.env` and its environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from kestra_provision.settings import passwords
from kestra_provision.settings.env_file import EnvFile, EnvFileError
from kestra_provision.settings.nearest import nearest
from kestra_provision.settings.section import Section, sections_of
from kestra_provision.text.problem import Problem, SettingsError

#: What other set-ups of Kestra read, and no container of ours gets; it may be for something else.
_UNHEARD = re.compile(r"ENV_.*|MICRONAUT_.*|BACKEND_URL")
_ELSEWHERE = {"KESTRA_URL": "set kestra_url in the inventory"}

#: Settings of all profiles.
Classes = Iterable[type[Section]]


def sections(classes: Classes) -> list[type[Section]]:
    """All sections of these classes, each once, in the order of their settings."""
    return list(dict.fromkeys(section for each in classes for section in sections_of(each)))


def names_in_env(classes: Classes) -> dict[str, str]:
    """Setting by its name in `.env`, as the set-ups before this one had it; others are secrets."""
    return {name: key for each in sections(classes) for name, key in each.environment.items()}


def fixed_in_env(classes: Classes) -> dict[str, str]:
    """What can stand in `.env` with one value only."""
    return {name: value for each in sections(classes) for name, value in each.fixed.items()}


def _derived_in_env(classes: Classes) -> dict[str, str]:
    return {name: key for each in sections(classes) for name, key in each.derived.items()}


def operator_environment(
    directory: Path, classes: Classes
) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, str]]:
    """Reads the laptop's `.env` and environment.

    + directory: where `.env` may lie, normally the folder of `deploy.py`
    + classes: settings of every profile, because what stands there holds for all hosts

    Returns the two layers of settings and the secrets the operator gives. Raises `SettingsError`
    for a `KESTRA_…` name in `.env` that means nothing, and for a secret that breaks its rule.
    """
    classes, file = list(classes), directory / ".env"
    here = written(directory)
    problems = [
        *_meaningless(here, str(file), classes),
        *(
            Problem(f"{name} is {value} inside the stack, not {here[name]}", str(file), "remove it")
            for name, value in fixed_in_env(classes).items()
            if here.get(name, value) != value
        ),
    ]
    secrets: dict[str, str] = {}
    for layer, values in ((str(file), here), ("environment", dict(os.environ))):
        for name in passwords.GIVEN:
            if value := values.get(name):
                secrets[name] = value
                if why := passwords.refusal(name, value):
                    generated = " and one is generated" if name in passwords.NAMES else ""
                    fix = f"choose another value, or remove it{generated}"
                    problems.append(Problem(f"{name} {why}", layer, fix))
    if problems:
        raise SettingsError({"all hosts": problems})
    layers = [(str(file), here), ("environment", dict(os.environ))]
    return [(layer, _settings_in(values, classes)) for layer, values in layers], secrets


def unheard(directory: Path) -> tuple[str, ...]:
    """Names in the laptop's `.env` that somebody may expect to reach a container, and that do not.

    + directory: as `operator_environment` has it, which judges the file
    """
    return tuple(name for name in written(directory) if _UNHEARD.fullmatch(name))


def other_servers(directory: Path, classes: Classes, hosts: Iterable[Section]) -> list[Problem]:
    """What names another server than any of these hosts has in its stack.

    + directory, classes: as `operator_environment` has them
    + hosts: settings of each
    """
    hosts, file = list(hosts), directory / ".env"
    return [
        Problem(
            f"{name} reaches nothing: that server is a container of the stack's own",
            layer,
            f"remove it; {setting} gives the container another name",
        )
        for layer, values in ((str(file), written(directory)), ("environment", dict(os.environ)))
        for name, setting in _derived_in_env(classes).items()
        if name in values and values[name] not in {getattr(each, setting, None) for each in hosts}
    ]


def written(directory: Path) -> dict[str, str]:
    """The laptop's `.env`. A line that is no `KEY=value` is refused: a secret may be on it.

    + directory: where it may lie
    """
    return env_file(directory).values


def env_file(directory: Path) -> EnvFile:
    """The same with its comments and its order; an empty one where none is there."""
    file = directory / ".env"
    if not file.is_file():
        return EnvFile(())
    try:
        # Its bytes: a text file of Python's would take a lone carriage return for a line's end.
        return EnvFile.parse(file.read_bytes().decode())
    except (EnvFileError, UnicodeDecodeError) as error:
        problem = Problem(str(error), str(file), "mend that line; the file must be UTF-8")
        raise SettingsError({"all hosts": [problem]}) from error


def _meaningless(names: Iterable[str], file: str, classes: Classes) -> list[Problem]:
    own = {*names_in_env(classes), *fixed_in_env(classes), *_derived_in_env(classes)}
    known = {*own, *passwords.GIVEN}
    # Whatever begins otherwise is the operator's own.
    ours = tuple({f"{name.partition('_')[0]}_" for name in known})
    return [
        Problem(f"unknown name {name}", file, _ELSEWHERE.get(name) or nearest(name, known))
        for name in names
        if name.startswith(ours) and name not in known
    ]


def _settings_in(values: Mapping[str, str], classes: Classes) -> dict[str, Any]:
    fields: dict[str, FieldInfo] = {n: f for c in classes for n, f in c.model_fields.items()}
    found: dict[str, Any] = {}
    for name, key in names_in_env(classes).items():
        if name in values:
            text = values[name]
            is_number = fields[key].annotation is int
            found[key] = int(text) if is_number and text.isascii() and text.isdigit() else text
    return found
