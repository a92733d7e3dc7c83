"""How often the lock of a host was taken so far, while nobody has it."""

from __future__ import annotations

import shlex

from pyinfra.api.facts import FactBase

from kestra_provision.commands.lock import path
from kestra_provision.commands.lock_script import LOCK_SCRIPT


class LockTimes(FactBase[int | None]):
    """None while somebody has it. The same number later says that nobody had it in between.

    + project: the compose project
    """

    def command(self, project: str) -> str:
        ask = '[ -d "$lock" ] || times_taken'
        text = f"lock={shlex.quote(path(project))}\n{LOCK_SCRIPT}{ask}\n"
        return f"sh -c {shlex.quote(text)}"

    @staticmethod
    def default() -> int | None:
        return None

    def process(self, output: list[str]) -> int | None:
        return int(output[0]) if output[0].isdigit() else None
