"""Which images the Docker of script tasks has."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split


@dataclass(frozen=True)
class ScriptImagesSeen:
    """+ answers: it was asked for all of them; + missing: those that it has not"""

    answers: bool = False
    missing: tuple[str, ...] = ()


class ScriptImages(FactBase[ScriptImagesSeen]):
    """Asked inside its container, which may be away.

    + container: its name
    + images: references
    """

    def command(self, container: str, images: Sequence[str]) -> str:
        inside = f"timeout 60 docker exec {shlex.quote(container)} docker"
        # It fails for an image that is not there, and where nobody answers: the last call tells.
        return script(
            section(
                "missing",
                f"for i in {shlex.join(images)}; do "
                f"{inside} image inspect --format x $i > /dev/null || echo $i; done",
            ),
            section("answers", f"{inside} version --format yes"),
        )

    @staticmethod
    def default() -> ScriptImagesSeen:
        return ScriptImagesSeen()

    def process(self, output: list[str]) -> ScriptImagesSeen:
        seen = split(output)
        missing = tuple(line for line in seen.get("missing", []) if line)
        return ScriptImagesSeen(first(seen.get("answers")) == "yes", missing)
