"""What the doctor says of several hosts, for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from kestra_provision.doctor.check import Checked

#: Of the JSON; it grows when a field is removed or changes its meaning (see docs/doctor.md).
VERSION = 1

Result = Literal["ok", "findings", "unknown"]
_EXIT_CODES: dict[Result, int] = {"ok": 0, "unknown": 1, "findings": 2}


@dataclass(frozen=True)
class HostDiagnosis:
    """+ reason: why the host could not be asked at all, else empty"""

    name: str
    checks: tuple[Checked, ...] = ()
    reason: str = ""

    @property
    def findings(self) -> tuple[Checked, ...]:
        return tuple(check for check in self.checks if check.result == "finding")

    @property
    def result(self) -> Result:
        """What is unknown because of a finding is not counted: the finding comes first."""
        if self.reason:
            return "unknown"
        if self.findings:
            return "findings"
        return "unknown" if any(c.result == "unknown" for c in self.checks) else "ok"


@dataclass(frozen=True)
class Diagnosis:
    """All hosts of one run."""

    hosts: tuple[HostDiagnosis, ...]

    @property
    def result(self) -> Result:
        """A host that could not be asked weighs most: the answer is not complete."""
        results = {host.result for host in self.hosts}
        order: tuple[Result, ...] = ("unknown", "findings")
        return next((result for result in order if result in results), "ok")

    @property
    def exit_code(self) -> int:
        return _EXIT_CODES[self.result]

    def as_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "result": self.result,
            "exit_code": self.exit_code,
            "hosts": [
                {
                    "name": host.name,
                    "result": host.result,
                    "reason": host.reason,
                    "checks": [asdict(check) for check in host.checks],
                }
                for host in self.hosts
            ],
        }
