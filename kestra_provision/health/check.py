"""One finding of the health gate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """What was asked, and how it is.

    + container: whose logs tell more
    + fatal: waiting will not mend it
    + restart: a restart mends it, waiting does not
    + cause, fix: why it is so, and what helps; empty where nothing is wrong
    """

    name: str
    ok: bool
    detail: str
    container: str
    fatal: bool = False
    restart: bool = False
    cause: str = ""
    fix: str = ""
