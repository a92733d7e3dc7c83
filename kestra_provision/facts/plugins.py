"""The folder of plugins on a host: what lies there, and what of it is ours."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split

#: Ours, a line each with its sum: `sha256sum -c` reads it too.
RECORD = "ours.sha256"
#: What a run that was killed left of a file that was under way, see `commands.files.temporary`.
_UNDER_WAY = ".kestra-provision"


@dataclass(frozen=True)
class FileSeen:
    """`kind` is `f`, `d`, `l` or another letter of find's; `owner` is `uid:gid`."""

    kind: str
    mode: str
    owner: str
    sha256: str = ""

    @property
    def access(self) -> tuple[str, str]:
        return self.mode, self.owner


@dataclass(frozen=True)
class PluginsSeen:
    """+ there: the folder is
    + files: what lies in it, by name
    + ours: what we put there, by name the sum, whatever became of it
    + link: the folder is one, which somebody made
    """

    there: bool = False
    files: Mapping[str, FileSeen] = field(default_factory=dict)
    ours: Mapping[str, str] = field(default_factory=dict)
    link: bool = False

    def left_over(self, wanted: Collection[str]) -> list[str]:
        """Ours, and no longer declared; and what a killed run left half-way."""
        under_way = (name for name in self.files if name.endswith(_UNDER_WAY))
        gone = (name for name in self.ours if name not in wanted)
        return [*dict.fromkeys([*gone, *under_way])]

    def strangers(self, wanted: Collection[str]) -> list[str]:
        """What somebody else put there, which no container gets."""
        known = {*wanted, *self.left_over(wanted), RECORD}
        return [name for name in self.files if name not in known]


class Plugins(FactBase[PluginsSeen]):
    """+ folder: where the jars lie"""

    def command(self, folder: str) -> str:
        here = shlex.quote(folder)
        # The folder itself may be a link to another disk.
        within = f"find -H {here} -mindepth 1 -maxdepth 1"
        return script(
            section("there", f"[ ! -d {here} ] || echo yes"),
            section("link", f"[ ! -L {here} ] || echo yes"),
            section(
                "files", f"[ ! -d {here} ] || {within} -printf '%y %m %U:%G %f\\n' | sort -k 4"
            ),
            section(
                "sums",
                f"[ ! -d {here} ] || {{ cd {here} && find . -maxdepth 1 -name '*.jar' -type f "
                "-exec sha256sum {} +; }",
            ),
            section("ours", f"[ ! -f {here}/{RECORD} ] || cat {here}/{RECORD}"),
        )

    @staticmethod
    def default() -> PluginsSeen:
        return PluginsSeen()

    def process(self, output: list[str]) -> PluginsSeen:
        seen = split(output)
        sums = dict(line.split("  ./", 1)[::-1] for line in seen.get("sums", []) if "  ./" in line)
        files = {}
        for line in seen.get("files", []):
            kind, mode, owner, name = line.split(" ", 3)
            files[name] = FileSeen(kind, mode, owner, sums.get(name, ""))
        record = (line.partition("  ") for line in seen.get("ours", []) if line[:1] != "#")
        ours = {name: sha256 for sha256, _, name in record if name and "/" not in name}
        there, link = (first(seen.get(name)) == "yes" for name in ("there", "link"))
        return PluginsSeen(there, files, ours, link)
