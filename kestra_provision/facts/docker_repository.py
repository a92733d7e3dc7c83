"""Docker's repository on a host: its key, its source file, its packages."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.docker.source import KEYRING, SOURCE
from kestra_provision.facts.script import first, script, section, split


@dataclass(frozen=True)
class RepositorySeen:
    """Texts are empty without the file; `access` is `mode uid gid` by path.

    `versions` has the installed packages alone.
    """

    keyring: str = ""
    source: str = ""
    access: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


class DockerRepository(FactBase[RepositorySeen]):
    """The key and the source as they are, and the versions of some packages, in one look.

    + packages: names
    """

    def command(self, packages: Sequence[str]) -> str:
        names = " ".join(shlex.quote(name) for name in packages)
        form = "${db:Status-Abbrev} ${Package} ${Version}\\n"
        return script(
            section("keyring", f"cat {KEYRING}"),
            section("source", f"cat {SOURCE}"),
            section("keyring access", f"stat -c '%a %u %g' {KEYRING}"),
            section("source access", f"stat -c '%a %u %g' {SOURCE}"),
            section("packages", f"dpkg-query -W -f '{form}' {names}"),
        )

    @staticmethod
    def default() -> RepositorySeen:
        return RepositorySeen()

    def process(self, output: list[str]) -> RepositorySeen:
        seen = split(output)
        rows = [line.split() for line in seen.get("packages", [])]
        access = {KEYRING: "keyring access", SOURCE: "source access"}
        return RepositorySeen(
            keyring="".join(f"{line}\n" for line in seen.get("keyring", [])),
            source="".join(f"{line}\n" for line in seen.get("source", [])),
            access={
                path: found for path, name in access.items() if (found := first(seen.get(name)))
            },
            # The second letter is the state; the first is `i` or, for a held package, `h`.
            versions={row[1]: row[2] for row in rows if len(row) == 3 and row[0][1:2] == "i"},
        )
