"""Traces of trouble that neither Docker's states nor a service's answers show."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision.facts import outside
from kestra_provision.facts.docker import SAYS
from kestra_provision.facts.outside import Outside
from kestra_provision.facts.script import first, script, section, split
from kestra_provision.stack.layout import Layout

_SOCKET = "/run/docker.sock"
#: As many lines are looked through as a person would.
_LINES = 2000


@dataclass(frozen=True)
class TracesSeen:
    """Counts are of lines in one service's log since its start; the lines stay on the host.

    + service: systemd's word for Docker, such as `active` or `failed`
    + socket: mode, owner and group of Docker's socket, such as `660 root docker`
    + groups: of the user that connects
    + deployed: whether the compose file is there
    + locked: whether there is a lock
    + docker_wanted: lines in which something looks for Docker's socket
    + heap_full: lines in which Java ran out of memory
    + killed: how often the kernel ended something for want of memory since yesterday, by service
    """

    service: str = ""
    socket: str = ""
    groups: tuple[str, ...] = ()
    deployed: bool = False
    locked: bool = False
    docker_wanted: int = 0
    heap_full: int = 0
    killed: dict[str, int] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)


class Traces(FactBase[TracesSeen]):
    """Docker forgets that it was the kernel when it starts a container again; the kernel does not.

    + user: who connects
    + lock: directory of the lock
    + containers: name by service
    + logged: the service whose log is looked through, and which is asked for the way out
    + target, addresses: to where, see `outside.sections`
    """

    def command(
        self,
        user: str,
        root_dir: str,
        lock: str,
        containers: Mapping[str, str],
        logged: str,
        target: str = "",
        addresses: Mapping[str, tuple[str, int]] | None = None,
    ) -> str:
        name = shlex.quote(containers[logged])
        killed = "; ".join(
            f"i=$(docker_says inspect --type container --format '{{{{.Id}}}}' {shlex.quote(each)}) "
            f'&& echo {service} $(printf "%s" "$k" | grep -F "$i" | wc -l)'
            for service, each in containers.items()
        )
        logs = (
            "s=$(docker_says inspect --type container --format "
            f"'{{{{.State.StartedAt}}}}' {name}); "
            f'[ -z "$s" ] || timeout 20 docker logs --tail {_LINES} --since "$s" {name} 2>&1'
        )
        return script(
            section("service", "systemctl is-active docker.service"),
            section("socket", f"stat -L -c '%a %U %G' {_SOCKET}"),
            section("groups", f"id -nG {shlex.quote(user)}"),
            section("deployed", f"[ -f {shlex.quote(Layout(root_dir).compose)} ] && echo yes"),
            section("locked", f"[ -d {shlex.quote(lock)} ] && echo yes"),
            # Counted there: a log may hold secrets, and pyinfra prints facts at -vvv.
            section(
                "log",
                f"{{ {logs}; }} | awk '/docker\\.sock/ {{d++}} /OutOfMemoryError/ {{m++}} "
                "END {print d + 0, m + 0}'",
            ),
            section(
                "killed",
                f"k=$(journalctl -k -q -o cat --since -24h | grep -F oom-kill:); {killed}",
            ),
            *outside.sections(containers[logged], lock, target, addresses or {}),
            asks=(SAYS,),
        )

    @staticmethod
    def default() -> TracesSeen:
        return TracesSeen()

    def process(self, output: list[str]) -> TracesSeen:
        seen = split(output)
        counts = [int(word) for word in first(seen.get("log")).split()] or [0, 0]
        return TracesSeen(
            service=first(seen.get("service")),
            socket=first(seen.get("socket")),
            groups=tuple(first(seen.get("groups")).split()),
            deployed=first(seen.get("deployed")) == "yes",
            locked=first(seen.get("locked")) == "yes",
            docker_wanted=counts[0],
            heap_full=counts[1],
            killed={
                words[0]: int(words[1])
                for words in (line.split() for line in seen.get("killed", []))
                if len(words) == 2
            },
            outside=outside.outside(seen),
        )
