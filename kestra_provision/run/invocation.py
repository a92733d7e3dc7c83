"""What this run of pyinfra was called with: its inventory, its runbooks and their options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kestra_provision.run.options import RUNBOOKS, Options, names, read, texts
from kestra_provision.text.next_command import INVENTORY
from kestra_provision.text.problem import Problem

FOLDER = "runbooks"
DEPLOY_FILE = "deploy.py"


@dataclass(frozen=True)
class Invocation:
    """The words of a command line.

    + options: what each runbook of this run was told, by its name; a deploy is `deploy`
    + problems: what is wrong with them
    + of_deploy_file: `deploy.py` is among the files to run
    """

    inventory: str
    options: dict[str, Options]
    problems: list[Problem]
    of_deploy_file: bool


def invocation(given: Mapping[str, Any]) -> Invocation:
    """Reads the command line of this run.

    + given: all of `--data`

    Only click knows which files pyinfra was told to run, and texts as they were written: pyinfra
    makes a number of 007, and a truth value or JSON of what looks like it.
    """
    context = click.get_current_context(silent=True)
    parameters = context.params if context else {}
    files = [Path(name) for name in parameters.get("operations") or ()]
    runbooks = [f.stem for f in files if f.parent.name == FOLDER and f.stem in RUNBOOKS]
    inventory = str(parameters.get("inventory") or INVENTORY)
    options, problems = read(runbooks, {**given, **_texts(parameters.get("data") or ())})
    return Invocation(inventory, options, problems, DEPLOY_FILE in [file.name for file in files])


def settings_among(given: Mapping[str, Any]) -> dict[str, Any]:
    """`--data` without options, which are judged already, and misspelt ones."""
    return {key: value for key, value in given.items() if key not in names()}


def _texts(data: Iterable[str]) -> dict[str, str]:
    """Options that are text.

    + data: the words after each `--data`
    """
    written = (word.partition("=")[::2] for word in data)
    return {key: value for key, value in written if key in texts()}
