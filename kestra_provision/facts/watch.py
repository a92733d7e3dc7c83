"""Which of the watch's files are there, and ours."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from pyinfra.api.facts import FactBase

from kestra_provision import HEADER


class WatchFiles(FactBase[tuple[str, ...]]):
    """Those with our header.

    + files: absolute paths
    """

    def command(self, files: Sequence[str]) -> str:
        return (
            f"for f in {shlex.join(files)}; do "
            f"head -n 2 $f 2>/dev/null | grep -q '^# {HEADER}' && echo $f; done; true"
        )

    @staticmethod
    def default() -> tuple[str, ...]:
        return ()

    def process(self, output: list[str]) -> tuple[str, ...]:
        return tuple(line for line in output if line)
