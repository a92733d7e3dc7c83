"""A file that is not ours alone, to the byte."""

from __future__ import annotations

import base64
import shlex
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split


@dataclass(frozen=True)
class ManifestSeen:
    """`content` is None when there is no file; `kind` is then empty."""

    kind: str = ""
    content: bytes | None = None


class Manifest(FactBase[ManifestSeen]):
    """Base64 keeps line ends, a byte order mark and a missing last line break.

    + path: of the file
    """

    def command(self, path: str) -> str:
        file = shlex.quote(path)
        return script(
            section("kind", f"stat -L -c %F {file}"),
            section("content", f"[ -f {file} ] && base64 {file} && echo ."),
        )

    @staticmethod
    def default() -> ManifestSeen:
        return ManifestSeen()

    def process(self, output: list[str]) -> ManifestSeen:
        seen = split(output)
        kind, content = first(seen.get("kind")), "".join(seen.get("content", []))
        if not content.endswith("."):
            return ManifestSeen(kind)
        return ManifestSeen(kind, base64.b64decode(content[:-1]))
