"""The lock on a host: who works on it, since when and why, and whether that run is alive.

It is the directory `/var/lib/kestra-provision/PROJECT.lock/` with `holder`, the file that says who.
A run holds the lock as long as its process on the host lives: the one that serves its SSH
connection, named by number, start time and boot.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pyinfra.api.command import StringCommand

from kestra_provision.commands import identity
from kestra_provision.commands.lock_script import LOCK_SCRIPT
from kestra_provision.text.next_command import NextCommand

DIRECTORY = "/var/lib/kestra-provision"


def meant_stop(project: str, service: str) -> str:
    """The file that tells which end of a container was meant: when it was, in Docker's words."""
    return f"{DIRECTORY}/{project}.{service}.stopped"


Kind = Literal["run", "manual"]
#: `taken`, `replaced` a dead holder, `refused`; of a look `free`, `live`, `stale`.
Answer = Literal["taken", "replaced", "refused", "free", "live", "stale"]

#: The connection's own server process outlives each command of the run and ends with it.
_SERVER = """p=$$
while [ "$p" -gt 1 ]; do
    read -r name <"/proc/$p/comm"
    case $name in sshd* | dropbear*) break ;; esac
    top=$p p=$(stat_of "$p" 2)
done
[ "$p" -gt 1 ] || p=$top
"""
_LOOK = """[ -d "$lock" ] || { echo free; exit 0; }
if holder_lives; then echo live; else echo stale; fi
cat "$lock/holder" 2>/dev/null || true
"""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    + identity: of this one lock, so that nobody removes another one than the one looked at
    + origin, local_pid: the laptop and the process on it that holds the lock
    """

    kind: str = ""
    who: str = "somebody"
    when: str = ""
    why: str = ""
    identity: str = ""
    origin: str = ""
    local_pid: int = 0

    @classmethod
    def of_this_run(cls, why: str, kind: Kind = "run") -> Holder:
        """This process, now."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        why = " ".join(why.split())
        token = secrets.token_hex(8)
        return cls(kind, identity.operator(), now, why, token, identity.origin(), os.getpid())

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Holder:
        """The file `holder`; what is not in it is empty."""
        found = dict(line.partition("=")[::2] for line in lines if "=" in line)
        pid = found.get("LOCAL_PID", "")
        return cls(
            kind=found.get("KIND", ""),
            who=found.get("WHO", "somebody"),
            when=found.get("WHEN", ""),
            why=found.get("WHY", ""),
            identity=found.get("ID", ""),
            origin=found.get("ORIGIN", ""),
            local_pid=int(pid) if pid.isdigit() else 0,
        )

    def lines(self) -> list[str]:
        """As the file holds them."""
        return [
            f"KIND={self.kind}",
            f"WHO={self.who}",
            f"WHEN={self.when}",
            f"WHY={self.why}",
            f"ID={self.identity}",
            f"ORIGIN={self.origin}",
            f"LOCAL_PID={self.local_pid}",
        ]

    @property
    def ended_here(self) -> bool:
        """True for a run of this laptop whose process is gone.

        After a network that fell silent the host believes in the connection for hours.
        """
        ours = self.kind == "run" and self.origin == identity.origin()
        return ours and not identity.alive(self.local_pid)

    def __str__(self) -> str:
        by_hand = "by hand, " if self.kind == "manual" else ""
        since = f" since {self.when} UTC" if self.when else ""
        return f"{by_hand}{self.who}{since}: {self.why or 'no reason given'}"


def path(project: str) -> str:
    """The directory that is the lock of a compose project."""
    return f"{DIRECTORY}/{project}.lock"


def holder_path(project: str) -> str:
    """The file in it that says who has it."""
    return f"{path(project)}/holder"


def take(project: str, holder: Holder, *, local: bool, over: str = "") -> StringCommand:
    """Takes the lock, or says who has it.

    + project: the compose project
    + local: the host is this machine, and this process holds the lock
    + over: identity of a holder that is known to be dead
    """
    process = f"p={os.getpid()}\n" if local else _SERVER
    lines = " ".join(shlex.quote(line) for line in holder.lines())
    return _command(project, f'{process}take_lock "$p" {shlex.quote(over or "-")} {lines}\n')


def look(project: str) -> StringCommand:
    """Who has it, and whether that one is alive."""
    return _command(project, _LOOK)


def remove(project: str, identity: str) -> StringCommand:
    """Removes this one lock; another one that was taken since stays."""
    return _command(project, f"remove_lock {shlex.quote(identity)}\n")


def times_before(stdout: str) -> int:
    """How often it was taken before this time, of what `take` prints; -1 where it does not say."""
    words = [line.partition("=")[2] for line in stdout.splitlines() if line.startswith("TIMES=")]
    return int(words[0]) if words and words[0].isdigit() else -1


def answer(stdout: str) -> tuple[Answer, Holder]:
    """What `take` and `look` print, the former holder with it."""
    word, *lines = stdout.splitlines() or [""]
    if word not in ("taken", "replaced", "refused", "free", "live", "stale"):
        raise ValueError(
            f"the lock's script was answered with {word!r}, which is none of its words: a .bashrc "
            "or .profile on the host that prints something is the usual cause"
        )
    return word, Holder.parse(lines)  # type: ignore[return-value]


def refusal(host: str, holder: Holder, commands: NextCommand) -> str:
    """Why a second run does not begin, and what can be done."""
    if holder.kind == "manual":
        return (
            f"locked {holder}; nothing was changed. "
            f"When that is done: {commands.day_two('unlock', host)}"
        )
    return (
        f"locked by a run that is under way, {holder}; nothing was changed. Wait for its end, "
        f"or, when it hangs: {commands.day_two('unlock', host, '--force')}"
    )


def _command(project: str, body: str) -> StringCommand:
    lock = f"lock={shlex.quote(path(project))}\n"
    script = f"{lock}{LOCK_SCRIPT}alone || exit 1\n{body}"
    return StringCommand(f"sh -c {shlex.quote(script)}")
