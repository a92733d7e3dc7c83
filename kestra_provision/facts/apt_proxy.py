"""apt's proxy file of ours."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision import HEADER
from kestra_provision.facts.script import first, script, section, split

#: After the files of others, because apt lets the last word win.
APT_PROXY = "/etc/apt/apt.conf.d/95kestra-provision-proxy"


@dataclass(frozen=True)
class AptProxySeen:
    """Content without its last line break; `access` is mode, uid and gid, empty without a file."""

    text: str = ""
    access: str = ""

    @property
    def ours(self) -> bool:
        return HEADER in self.text.partition("\n")[0]


class AptProxy(FactBase[AptProxySeen]):
    """The file and who owns it."""

    def command(self) -> str:
        return script(
            section("access", f"stat -c '%a %u %g' {APT_PROXY}"),
            section("text", f"cat {APT_PROXY}"),
        )

    @staticmethod
    def default() -> AptProxySeen:
        return AptProxySeen()

    def process(self, output: list[str]) -> AptProxySeen:
        seen = split(output)
        return AptProxySeen("\n".join(seen.get("text", [])), first(seen.get("access")))
