"""Which of some packages are installed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from pyinfra.api.facts import FactBase


class InstalledPackages(FactBase[set[str]]):
    """Asks dpkg for the named packages only.

    + packages: names

    pyinfra's `deb.DebPackages` transfers the list of all packages of the host each time.
    """

    def command(self, packages: Sequence[str]) -> str:
        names = " ".join(shlex.quote(name) for name in packages)
        return (
            f"dpkg-query -W -f '${{db:Status-Abbrev}} ${{Package}}\\n' {names} 2>/dev/null || true"
        )

    @staticmethod
    def default() -> set[str]:
        return set()

    def process(self, output: list[str]) -> set[str]:
        rows = [line.split() for line in output]
        # The second letter is the state; the first is `i` or, for a held package, `h`.
        return {row[1] for row in rows if len(row) == 2 and row[0][1:2] == "i"}


class PackageVersion(FactBase[str]):
    """The version of one installed package; empty when it is not installed.

    + package: name
    """

    def command(self, package: str) -> str:
        form = "${db:Status-Abbrev} ${Version}\\n"
        return f"dpkg-query -W -f '{form}' {shlex.quote(package)} 2>/dev/null || true"

    @staticmethod
    def default() -> str:
        return ""

    def process(self, output: list[str]) -> str:
        rows = [line.split() for line in output]
        return next((row[1] for row in rows if len(row) == 2 and row[0] in ("ii", "hi")), "")
