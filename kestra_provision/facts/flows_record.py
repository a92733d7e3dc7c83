"""The record of the last sync of flows, as it lies on the host."""

from __future__ import annotations

import shlex

from pyinfra.api.facts import FactBase


class FlowsRecord(FactBase[str]):
    """Its text, which `kestra_provision.flows.record` reads; empty without one.

    + path: of the record
    """

    def command(self, path: str) -> str:
        # A file that is there and cannot be read is a failed question, and no empty answer.
        where = shlex.quote(path)
        return f"[ ! -e {where} ] || cat {where}"

    @staticmethod
    def default() -> str:
        return ""

    def process(self, output: list[str]) -> str:
        return "\n".join(output)
