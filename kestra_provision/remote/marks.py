"""Where an answer begins and ends: marks around each command that goes through a login shell.

sshd hands a command to the user's login shell. What that shell's start files print comes before
the answer, a shell like fish or tcsh reads the command by other rules, and a forced command runs
something else instead. So a command says a mark, drawn by lot, before its answer and after it. And
it travels in base64: within single quotes fish takes a backslash for an escape, and tcsh wants one
before a line break and takes `!` for its history.
"""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field

#: Of what came instead of an answer.
_SHOWN = 200


def draw() -> str:
    """A mark that nothing on a host can hold."""
    return f"@@kp-{secrets.token_hex(8)}"


def framed(command: str, mark: str) -> str:
    """Shell text that says the mark, the answer of `command`, and the mark with its exit status.

    A line break goes before the last mark, because an answer need not end with one.
    """
    return f"echo {mark}; {command}\ns=$?; echo; echo {mark} $s; exit $s"


def line(command: str, mark: str) -> str:
    """The command line for a login shell of any kind, fish and tcsh included.

    It says the mark on stderr, too, where that of the command begins.
    """
    packed = base64.b64encode(f"echo {mark} >&2; {framed(command, mark)}".encode()).decode()
    return f"sh -c 'eval \"$(echo {packed} | base64 -d)\"'"


@dataclass
class Answer:
    """What comes on a command's stdout, a piece at a time.

    + mark: of the command
    + status: the exit status it told at its end; None while it did not
    + before: what came before the mark, as far as it is shown
    """

    mark: str
    status: int | None = None
    before: bytes = b""
    begun: bool = False
    _rest: bytes = field(default=b"", repr=False)

    def take(self, chunk: bytes) -> bytes:
        """What of the answer is certain by now, without marks and noise.

        The line break before the last mark is ours, so one at the end of a piece is kept back.
        """
        self._rest += chunk
        if not self.begun and not self._begin():
            return b""
        end = re.search(rb"\n%s (\d+)\n" % self._mark, self._rest)
        if end:
            self.status = int(end[1])
            told, self._rest = self._rest[: end.start()], b""
            return told
        kept = self._kept()
        told, self._rest = self._rest[: len(self._rest) - kept], self._rest[-kept:] if kept else b""
        return told

    def rest(self) -> bytes:
        """What was kept back, where nothing comes any more."""
        told, self._rest = (self._rest if self.begun else b""), b""
        return told

    @property
    def _mark(self) -> bytes:
        return re.escape(self.mark.encode())

    def _begin(self) -> bool:
        before, found, after = self._rest.partition(f"{self.mark}\n".encode())
        if found:
            self.begun, self._rest = True, after
        self.before = before[:_SHOWN]
        return self.begun

    def _kept(self) -> int:
        """How many bytes at the end may be the beginning of the last mark."""
        whole = f"\n{self.mark} ".encode()
        if (at := self._rest.rfind(whole)) >= 0:
            return len(self._rest) - at
        return next((n for n in range(len(whole), 0, -1) if self._rest.endswith(whole[:n])), 0)
