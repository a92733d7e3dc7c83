"""How the stack is, as the host's own health check says, and what its containers use."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra.api.facts import FactBase

from kestra_provision import LABEL
from kestra_provision.facts.docker import SAYS
from kestra_provision.facts.script import script, section, split
from kestra_provision.stack.service import Page

_INSPECT = (
    '{"name":{{json .Name}},"image":{{json .Config.Image}},"image_id":{{json .Image}},'
    '"status":{{json .State.Status}},"started":{{json .State.StartedAt}},'
    '"oom":{{json .State.OOMKilled}},'
    f'"managed":{{{{json (index .Config.Labels "{LABEL}")}}}},'
    '"project":{{json (index .Config.Labels "com.docker.compose.project")}},'
    '"ports":{{json .NetworkSettings.Ports}}}'
)
#: Stands before what the health check is on, where nobody may execute it.
_CLOSED = "@closed"


@dataclass(frozen=True)
class StatusSeen:
    """The answer of `health-check-all.sh`, None without one; the containers by name.

    + cpu: percent of one core by container
    + complaint: why there is no answer, in the script's words
    + holder: the lock's `KEY=value` lines, none without a lock
    """

    health: dict[str, Any] | None = None
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    cpu: dict[str, str] = field(default_factory=dict)
    complaint: str = ""
    holder: tuple[str, ...] = ()

    def published(self, page: Page, container: str) -> int | None:
        """The host's port of a page, as a container of ours has it now; None where it has none."""
        there = self.containers.get(container, {})
        ports = there.get("ports") or {} if there.get("managed") == "true" else {}
        bound = ports.get(f"{page.port.inside}/tcp") or []
        return next((int(at["HostPort"]) for at in bound), None)


class Status(FactBase[StatusSeen]):
    """One look; it takes the two seconds that `docker stats` measures.

    + check: path of the host's health check
    + holder: path of the lock's file
    + containers: name by service

    The health check is the host's own, so that a person there, its watch and a laptop hear the
    same words. Memory comes from there as well: `docker stats` shows none with some engines.
    """

    def command(self, check: str, holder: str, containers: Mapping[str, str]) -> str:
        names = " ".join(shlex.quote(name) for name in containers.values())
        only = " ".join(f"-e {shlex.quote(name)}" for name in containers.values())
        quoted = shlex.quote(check)
        return script(
            section(
                "health",
                f"if [ -x {quoted} ]; then timeout 90 {quoted} 2>&1; "
                f"elif [ -e {quoted} ]; then echo {_CLOSED}; "
                f"findmnt -no TARGET,VFS-OPTIONS -T {quoted}; fi",
            ),
            section(
                "containers", f"docker_says inspect --type container --format '{_INSPECT}' {names}"
            ),
            # Without a name it would show every container, and a stopped one makes it fail.
            section(
                "cpu",
                f"n=$(docker_says ps --format '{{{{.Names}}}}' | grep -xF {only}); "
                '[ -z "$n" ] || '
                "timeout 20 docker stats --no-stream --format '{{.Name}} {{.CPUPerc}}' $n",
            ),
            section("holder", f"cat {shlex.quote(holder)}"),
            asks=(SAYS,),
        )

    @staticmethod
    def default() -> StatusSeen:
        return StatusSeen()

    def process(self, output: list[str]) -> StatusSeen:
        seen = split(output)
        text = "\n".join(seen.get("health", []))
        found = [json.loads(line) for line in seen.get("containers", []) if line]
        cpu = [line.split() for line in seen.get("cpu", []) if line]
        try:
            health, complaint = json.loads(text), ""
        except ValueError:
            health, complaint = None, _complaint(text.strip())
        return StatusSeen(
            health=health,
            containers={c["name"].lstrip("/"): c for c in found},
            cpu={words[0]: words[1] for words in cpu if len(words) == 2},
            complaint=complaint,
            holder=tuple(line for line in seen.get("holder", []) if line),
        )


def _complaint(text: str) -> str:
    """Of a script that is there and may not be executed: why, and what a deploy cannot mend."""
    first, _, mount = text.partition("\n")
    if first != _CLOSED:
        return text
    target = mount.partition(" ")[0]
    if "noexec" in mount:
        return (
            f"the scripts on the host cannot run: {target} is mounted noexec; "
            f"on the host: mount -o remount,exec {target}, and mend /etc/fstab"
        )
    return (
        "the scripts on the host may not be executed: somebody changed their mode; a deploy mends"
    )
