"""Names of a runbook's steps, which pyinfra prints as each begins."""

from __future__ import annotations


class Steps:
    """Counts: `restart | step 1/9: …`

    + of: how many there are
    """

    def __init__(self, runbook: str, of: int) -> None:
        self._runbook, self._of, self._number = runbook, of, 0

    def __call__(self, what: str) -> str:
        self._number += 1
        return f"{self._runbook} | step {self._number}/{self._of}: {what}"
