"""The result of a drift check, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from kestra_provision.text.difference import Severity

#: Of the JSON; it grows when a field is removed or changes its meaning (see docs/drift.md).
VERSION = 1

Result = Literal["clean", "drift", "unknown"]

EXIT_CODES: dict[Result, int] = {"clean": 0, "unknown": 1, "drift": 2}


@dataclass(frozen=True)
class Finding:
    """One line: what it is, how it should be, how it is, and what mends it.

    + stage: the stage of `deploy.py` that repairs it, or that looked at it
    + repair: the next command or edit
    + by_deploy: whether that is the next deploy; anything else is for the operator to do
    + follows: what this is the effect of, another finding's `what`; empty for a cause
    """

    severity: Severity
    stage: str
    what: str
    declared: str
    actual: str
    repair: str
    by_deploy: bool = False
    follows: str = ""

    @property
    def said(self) -> str:
        """How it is, for a person."""
        return f"{self.actual} (follows from {self.follows})" if self.follows else self.actual


@dataclass(frozen=True)
class HostReport:
    """What was found on one host; `reason` says why it could not be told."""

    name: str
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def result(self) -> Result:
        if self.reason:
            return "unknown"
        return "drift" if any(f.severity == "drift" for f in self.findings) else "clean"

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of this severity, in the order of the deploy."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    @property
    def causes(self) -> tuple[Finding, ...]:
        """What drifted, without the effects of it: what is counted."""
        return tuple(finding for finding in self.of("drift") if not finding.follows)


@dataclass(frozen=True)
class Report:
    """All hosts of one check.

    + checked_at: UTC, ISO 8601
    """

    hosts: tuple[HostReport, ...]
    checked_at: str

    @property
    def result(self) -> Result:
        """A host that could not be checked weighs more than drift: the answer is not complete."""
        results = {host.result for host in self.hosts}
        return next((r for r in ("unknown", "drift") if r in results), "clean")

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.result]

    def as_json(self) -> dict[str, Any]:
        """As `report.schema.json` describes it."""
        return {
            "version": VERSION,
            "checked_at": self.checked_at,
            "result": self.result,
            "exit_code": self.exit_code,
            "hosts": [
                {
                    "name": host.name,
                    "result": host.result,
                    "reason": host.reason,
                    "findings": [asdict(finding) for finding in host.findings],
                }
                for host in self.hosts
            ],
        }
