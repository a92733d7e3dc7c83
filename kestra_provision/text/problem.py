"""What is wrong with a setting, where it stands and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api.exceptions import PyinfraError

from kestra_provision.text.words import plural


@dataclass(frozen=True)
class Problem:
    """One refused setting. `where` names the layer it came from, never a secret's value."""

    what: str
    where: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}\n      where: {self.where}\n      fix:   {self.fix}"


class SettingsError(PyinfraError):
    """All problems of all hosts at once; raised before the first connection is opened."""

    def __init__(self, problems: dict[str, list[Problem]]) -> None:
        self.problems = problems
        count = sum(len(found) for found in problems.values())
        lines = [f"{plural(count, 'setting')} refused, nothing was changed."]
        for host, found in problems.items():
            lines += [f"  [{host}] {problem}" for problem in found]
        super().__init__("\n".join(lines))
