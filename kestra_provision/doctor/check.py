"""A check: a row of the table, and what it says of one host."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from kestra_provision.doctor.evidence import Evidence

#: `unknown`: it could not be asked, mostly because an earlier one failed.
Result = Literal["ok", "finding", "unknown"]


@dataclass(frozen=True)
class Fault:
    """What is found.

    + finding: what is so
    + cause: why
    + fix: a command, or what to do
    + symptom: what people see, where it is not that of the check
    """

    finding: str
    cause: str
    fix: str
    symptom: str = ""


@dataclass(frozen=True)
class Untold:
    """+ reason: why the check says nothing"""

    reason: str


#: Fine, in the words of the string; or not.
Answer = str | Fault | Untold


@dataclass(frozen=True)
class Check:
    """One row.

    + symptom: what people see when it fires
    + needs: names of rows that must be fine, because this one would only show their effect
    """

    name: str
    symptom: str
    look: Callable[[Evidence], Answer]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What a check said; `finding` also holds what is fine, or why nothing is known."""

    name: str
    symptom: str
    result: Result
    finding: str
    cause: str = ""
    fix: str = ""


def run(checks: Iterable[Check], evidence: Evidence) -> tuple[Checked, ...]:
    """Each check in turn, but for those that an earlier one makes pointless."""
    done: dict[str, Checked] = {}
    for check in checks:
        done[check.name] = _run(check, evidence, done)
    return tuple(done.values())


def _run(check: Check, evidence: Evidence, before: dict[str, Checked]) -> Checked:
    if because := [name for name in check.needs if before[name].result != "ok"]:
        return Checked(check.name, check.symptom, "unknown", f"not asked, because of {because[0]}")
    answer = check.look(evidence)
    if isinstance(answer, Fault):
        symptom = answer.symptom or check.symptom
        return Checked(check.name, symptom, "finding", answer.finding, answer.cause, answer.fix)
    if isinstance(answer, Untold):
        return Checked(check.name, check.symptom, "unknown", answer.reason)
    return Checked(check.name, check.symptom, "ok", answer)
