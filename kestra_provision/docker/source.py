"""Docker's apt source: what our file says, and which files of the host name a repository."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyinfra.facts.apt import AptSourcesFile

from kestra_provision import HEADER
from kestra_provision.docker.distribution import BESIDE

#: Both names are those of Docker's own instructions, so a host set up by them is as declared.
SOURCE = "/etc/apt/sources.list.d/docker.sources"
KEYRING = "/etc/apt/keyrings/docker.asc"
PACKAGES = [
    "docker-ce",
    "docker-ce-cli",
    "containerd.io",
    "docker-compose-plugin",
    *BESIDE,
]
_MARK = f"# {HEADER}"
_ONE_LINE = re.compile(r"deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)")


@dataclass(frozen=True)
class SourcesFile:
    """A file that apt reads its sources from, with its lines."""

    path: str
    lines: tuple[str, ...]

    @property
    def ours(self) -> bool:
        """True when we wrote it."""
        return any(line.startswith(_MARK) for line in self.lines)

    @property
    def says(self) -> list[str]:
        """Its lines without blank ones and comments."""
        lines = [line.strip() for line in self.lines]
        return [line for line in lines if line and not line.startswith("#")]

    @property
    def uris(self) -> set[str]:
        """The repositories it names, entries that are switched off left out."""
        if self.path.endswith(".sources"):
            found = [r.url for r in AptSourcesFile.parse_sources_file(list(self.lines))]
        else:
            found = [match[1] for line in self.says if (match := _ONE_LINE.match(line))]
        return {uri.rstrip("/") for uri in found}


def source_text(uri: str, codename: str) -> str:
    """The content of our file."""
    return (
        f"{_MARK}\nTypes: deb\nURIs: {uri}\nSuites: {codename}\nComponents: stable\n"
        f"Signed-By: {KEYRING}\n"
    )


def same_source(text: str, other: str) -> bool:
    """True when both say the same to apt; comments do not count."""
    return _says(text) == _says(other)


def sources_files(lines: Iterable[str]) -> tuple[SourcesFile, ...]:
    """The files in `grep -H ''` output, `path:line`."""
    found: dict[str, list[str]] = {}
    for row in lines:
        path, colon, line = row.partition(":")
        if colon:
            found.setdefault(path, []).append(line)
    return tuple(SourcesFile(path, tuple(content)) for path, content in found.items())


def _says(text: str) -> list[str]:
    return SourcesFile("", tuple(text.splitlines())).says
