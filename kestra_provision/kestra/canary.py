"""The canary flow on a server: whether it is there, and one execution of it."""

from __future__ import annotations

from collections.abc import Callable

from kestra_provision.flows.canary import CANARY, source
from kestra_provision.kestra import executing
from kestra_provision.kestra.client import Kestra
from kestra_provision.kestra.executing import LogLine
from kestra_provision.kestra.execution import Execution
from kestra_provision.kestra.exported import source_of
from kestra_provision.kestra.flows import put
from kestra_provision.kestra.following import Following

#: Seconds; one that works needs two or three.
PATIENCE = 120.0


def found(kestra: Kestra) -> str:
    """Its source on the server; empty where it is not there."""
    return source_of(kestra, CANARY) or ""


def place(kestra: Kestra) -> None:
    """Writes it, unless it is there: each write would be a revision."""
    before, wanted = found(kestra), source()
    if before != wanted:
        put(kestra, CANARY, wanted, there=bool(before))


def run(kestra: Kestra, say: Callable[[LogLine], None]) -> Execution:
    """Runs it to its end, or until nobody would wait any longer."""
    return Following(kestra, executing.start(kestra, CANARY), say).to_the_end(PATIENCE)
