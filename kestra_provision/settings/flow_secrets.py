"""Secrets of flows: `{{ secret('NAME') }}` is what the operator gives as `SECRET_NAME`.

Kestra's open edition has them from its environment, in base64, and looks for a name in capitals.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kestra_provision.settings.env_file import EnvFile, unwritable
from kestra_provision.text.problem import Problem, SettingsError

PREFIX = "SECRET_"
_NAME = re.compile(r"[A-Z0-9_]+")
#: Linux starts no program with a longer variable (128 KiB), its name included.
LONGEST = 90_000
#: Nor with more than 2 MiB of them and its arguments; of base64, all together.
MOST = 1_000_000


@dataclass(frozen=True)
class Given:
    """What the laptop has, by NAME.

    + file: in `.env` beside `deploy.py`
    + environment: in its variables; one counts where somebody asks for it
    """

    file: Mapping[str, str] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def known(self, asked: Collection[str]) -> dict[str, str]:
        """What can be told without a command, by NAME.

        + asked: names that flows ask for
        """
        return {**self.file, **{n: v for n, v in self.environment.items() if n in asked}}


def given(directory: Path, written: Mapping[str, str]) -> Given:
    """What is there.

    + directory: where `.env` may lie
    + written: what is in that

    Raises `SettingsError` for a name in `.env` that Kestra could not be asked for, and for a value
    that it cannot have.
    """
    file = directory / ".env"
    here = _named(written)
    if problems := [*_refused(here, str(file))]:
        raise SettingsError({"all hosts": problems})
    return Given(here, {n: v for n, v in _named(os.environ).items() if not name_refusal(n)})


def name_refusal(name: str) -> str | None:
    """Why nobody can ask Kestra for a secret of this name; None when they can."""
    if name.startswith(PREFIX):
        return f"must stand without {PREFIX}, as flows ask for it"
    if not _NAME.fullmatch(name):
        return "must be capitals, digits and _ only: Kestra looks for it like that"
    return None


def refusal(value: str) -> str | None:
    """Why `value` cannot be a secret, without repeating it; None when it can."""
    if not value:
        return "has no value"
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        return "holds bytes that are no UTF-8, and Kestra reads nothing else; give it in base64"
    if len(encoded(value)) > LONGEST:
        return f"is too long: in base64 at most {LONGEST} characters"
    return None


def encoded(value: str) -> str:
    """As Kestra reads it, once: what is base64 already is a value like any other."""
    return base64.b64encode(value.encode()).decode()


def decoded(text: str) -> str:
    """The value again; empty for what is no base64 of a text."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def put(directory: Path, written: EnvFile, name: str, value: str) -> None:
    """Puts a secret into the laptop's `.env`, for its owner alone, in one step.

    + written: what is in it

    Raises `ValueError` for what cannot be one, or cannot stand in such a file.
    """
    if why := name_refusal(name) or refusal(value):
        raise ValueError(why)
    if why := unwritable(value):
        raise ValueError(f"{why}; a command may have it: flow_secrets in the inventory")
    file = (directory / ".env").resolve()  # where a link leads
    new = file.with_name(f".env.{os.getpid()}.new")
    text = written.updated({f"{PREFIX}{name}": value}).render()
    try:
        new.touch(0o600, exist_ok=False)
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def way_out(name: str) -> str:
    """How to give a secret."""
    return (
        f"give {PREFIX}{name} in .env beside deploy.py or in the environment, or by a command: "
        f'flow_secrets = {{"{name}": ["pass", "show", "…"]}} in the inventory'
    )


def _named(values: Mapping[str, str]) -> dict[str, str]:
    return {n.removeprefix(PREFIX): v for n, v in values.items() if n.startswith(PREFIX)}


def _refused(values: Mapping[str, str], where: str) -> Iterator[Problem]:
    for name, value in values.items():
        variable = f"{PREFIX}{name}"
        if why := name_refusal(name):
            fix = f"rename it to {PREFIX}{name.removeprefix(PREFIX).upper() or 'NAME'}"
            yield Problem(f"{variable}: what follows {PREFIX} {why}", where, fix)
        elif why := refusal(value):
            yield Problem(f"{variable} {why}", where, "give it one, or remove the line")
