"""One thing that is not as declared: what it is, how it should be, how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What stands for a thing that is not there at all.
MISSING = "missing"

#: `drift`: the declared state differs. `notice`: worth knowing, fails nothing.
Severity = Literal["drift", "notice"]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as declared. None of its words ever holds a secret.

    + fix: what mends it, where a deploy does not
    """

    what: str
    declared: str
    actual: str
    fix: str = ""
    severity: Severity = "drift"

    def __str__(self) -> str:
        return f"{self.what}: {self.actual}; declared: {self.declared}"
