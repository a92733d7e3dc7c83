"""The settings of the last deploy that changed something, as the host keeps them in mind."""

from __future__ import annotations

import json
import shlex
from typing import Any

from pyinfra.api.facts import FactBase


class SettingsRecord(FactBase[dict[str, Any]]):
    """What `kestra_provision.settings.shown.recorded` told then; empty without one.

    It only says what is another one now: no deploy decides by it.

    + path: of the record
    """

    def command(self, path: str) -> str:
        return f"[ ! -f {shlex.quote(path)} ] || cat {shlex.quote(path)} 2>/dev/null; true"

    @staticmethod
    def default() -> dict[str, Any]:
        return {}

    def process(self, output: list[str]) -> dict[str, Any]:
        try:
            found = json.loads("\n".join(output))
        except ValueError:  # none so far, or one that a full disk cut off
            return {}
        return found if isinstance(found, dict) else {}
