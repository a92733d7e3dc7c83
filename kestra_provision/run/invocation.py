"""Which runbooks this run of pyinfra was called for, and with what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from kestra_provision.run.options import RUNBOOKS, Options, names, read, texts
from kestra_provision.settings import Problem
from kestra_provision.text import next_command

FOLDER = "runbooks"

_options: dict[str, Options] = {}


def begin(given: Mapping[str, Any]) -> list[Problem]:
    """Reads the options of this run before it connects; returns what is wrong with them.

    + given: all of `--data`

    Only click knows here which files pyinfra was told to run, and texts as they were written:
    pyinfra makes a number of 007, and a truth value or JSON of what looks like it.
    """
    context = click.get_current_context(silent=True)
    parameters = context.params if context else {}
    files = [Path(name) for name in parameters.get("operations") or ()]
    runbooks = [f.stem for f in files if f.parent.name == FOLDER and f.stem in RUNBOOKS]
    next_command.use(str(parameters.get("inventory") or next_command.INVENTORY))
    _options.clear()
    options, problems = read(runbooks, {**given, **_texts(parameters.get("data") or ())})
    _options.update(options)
    return problems


def runbooks() -> list[str]:
    """Names of the runbooks of this run; none in a deploy."""
    return list(_options)


def options_of(runbook: str) -> Any:
    """What the runbook was told; its defaults when it was told nothing."""
    return _options.get(runbook) or RUNBOOKS[runbook]()


def settings_among(given: Mapping[str, Any]) -> dict[str, Any]:
    """`--data` without what `begin` has judged: options, and misspelt ones."""
    return {key: value for key, value in given.items() if key not in names()}


def command(runbook: str, host: str, *more: str) -> str:
    """The one command that goes on with a runbook on a host, told the same again.

    + more: further flags
    """
    options: Options = options_of(runbook)
    return next_command.day_two(runbook, host, *options.flags(), *more)


def _texts(data: Iterable[str]) -> dict[str, str]:
    """Options that are text.

    + data: the words after each `--data`
    """
    written = (word.partition("=")[::2] for word in data)
    return {key: value for key, value in written if key in texts()}
