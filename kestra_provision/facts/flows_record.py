"""The record of the last sync of flows, as it lies on the host."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from pyinfra.api.facts import FactBase


@dataclass(frozen=True)
class Recorded:
    """A record, empty where there is none.

    + text: which `kestra_provision.sync.record` reads
    + access: mode, owner and group as numbers, `600 0:0`
    """

    text: str = ""
    access: str = ""


class FlowsRecord(FactBase[Recorded]):
    """Its text, and whose it is.

    + path: of the record
    """

    def command(self, path: str) -> str:
        # A file that is there and cannot be read is a failed question, and no empty answer.
        where = shlex.quote(path)
        return f"[ ! -e {where} ] || {{ stat -Lc '%a %u:%g' {where} && cat {where}; }}"

    @staticmethod
    def default() -> Recorded:
        return Recorded()

    def process(self, output: list[str]) -> Recorded:
        access, *lines = output or [""]
        return Recorded("\n".join(lines), access)
