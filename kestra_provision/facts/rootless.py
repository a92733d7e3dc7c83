"""Whether a rootless Docker could start in a container of this host."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import script, section, split

#: What a kernel may say against it, by the value that forbids it.
FORBIDS = {
    "kernel.unprivileged_userns_clone": "0",
    "user.max_user_namespaces": "0",
    "kernel.apparmor_restrict_unprivileged_userns": "1",
}
TUN = "/dev/net/tun"


@dataclass(frozen=True)
class RootlessSeen:
    """+ tun: its network's device is there; + forbidden: of `FORBIDS`, those that do"""

    tun: bool = True
    forbidden: tuple[str, ...] = ()


class Rootless(FactBase[RootlessSeen]):
    """Reads what the kernel says; a kernel that does not know a word of it forbids nothing."""

    def command(self) -> str:
        return script(
            section("tun", f"[ ! -c {TUN} ] || echo yes"),
            # Not by sysctl, which a host may not have: silence would forbid nothing.
            section(
                "kernel",
                f"for name in {' '.join(FORBIDS)}; do f=/proc/sys/$(echo $name | tr . /); "
                '[ ! -r $f ] || echo "$name = $(cat $f)"; done',
            ),
        )

    @staticmethod
    def default() -> RootlessSeen:
        return RootlessSeen()

    def process(self, output: list[str]) -> RootlessSeen:
        seen = split(output)
        said = dict(line.split(" = ", 1) for line in seen.get("kernel", []) if " = " in line)
        forbidden = (name for name, value in FORBIDS.items() if said.get(name) == value)
        return RootlessSeen("yes" in seen.get("tun", []), tuple(forbidden))
