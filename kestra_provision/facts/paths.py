"""Owner, mode and content sum of many paths, and who the Kestra image runs as, in one look."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra.api.facts import FactBase

from kestra_provision.facts.script import first, script, section, split

#: Kestra's official image runs as 1000:1000; used until the image's own record is there.
IMAGE_UID = 1000
#: What stat does not call as a person would; links are followed where they lead somewhere.
_WORDS = {"symbolic link": "a link that leads nowhere"}
_STAT = "-c '%a %u %g %Y %F|%n'"


@dataclass(frozen=True)
class PathState:
    """`kind` is `directory` or `file` (or stat's other words); `mode` is octal, e.g. `750`.

    + modified: Unix seconds of the last change of its content
    + empty: a directory, and no link to one, with nothing in it
    """

    kind: str
    mode: str
    uid: int
    gid: int
    sha256: str = ""
    modified: int = 0
    writable: bool = False
    empty: bool = False

    def in_the_way(self, kind: str) -> str:
        """Why no `kind` can be made here without removing what may be dear to somebody.

        Empty when one can: Docker makes an empty directory where a file to be mounted is missing.
        """
        if kind == "directory" and self.kind != kind:
            return f"is {_WORDS.get(self.kind, f'a {self.kind}')}, not a directory"
        if kind == "file" and self.kind == "directory" and not self.empty:
            return "is a directory, not a file"
        return ""


@dataclass(frozen=True)
class PathsSeen:
    """State by path, missing paths left out. `writable` is asked as the image's user."""

    states: dict[str, PathState]
    uid: int = IMAGE_UID
    gid: int = IMAGE_UID


class Paths(FactBase[PathsSeen]):
    """Numeric owners, so that a host's own user 1000 by any name is no change.

    + paths: absolute paths
    + record: the host's record of images, which knows the uid the image runs as

    The write test is `test -w` as that uid: it writes nothing.
    """

    def command(self, paths: Sequence[str], record: str) -> str:
        listed = " ".join(shlex.quote(path) for path in paths)
        uid = f"uid=$(grep -sxE KESTRA_UID=[0-9]+ {shlex.quote(record)} | cut -d= -f2)"
        gid = f"gid=$(grep -sxE KESTRA_GID=[0-9]+ {shlex.quote(record)} | cut -d= -f2)"
        as_image = "setpriv --reuid=${uid:-1000} --regid=${gid:-1000} --clear-groups"
        return script(
            uid,
            gid,
            section("ids", "echo ${uid:-1000} ${gid:-1000}"),
            section(
                "stat",
                f"stat -L {_STAT} {listed}; "
                f"for f in {listed}; do [ -L $f ] && [ ! -e $f ] && stat {_STAT} $f; done",
            ),
            section("empty", f"find {listed} -maxdepth 0 -type d -empty"),
            section("sums", f"for f in {listed}; do [ -f $f ] && sha256sum $f; done"),
            section(
                "writable",
                f"for d in {listed}; do "
                f"[ -d $d ] && {as_image} test -w $d -a -x $d && echo $d; done",
            ),
        )

    @staticmethod
    def default() -> PathsSeen:
        return PathsSeen({})

    def process(self, output: list[str]) -> PathsSeen:
        seen = split(output)
        sums = {
            path: digest
            for digest, _, path in (line.partition("  ") for line in seen.get("sums", []))
        }
        writable, empty = set(seen.get("writable", [])), set(seen.get("empty", []))
        states = {}
        for line in seen.get("stat", []):
            numbers, _, path = line.partition("|")
            mode, uid, gid, modified, kind = numbers.split(" ", 4)
            kind = "file" if kind.endswith("file") else kind
            states[path] = PathState(
                kind,
                mode,
                int(uid),
                int(gid),
                sums.get(path, ""),
                int(modified),
                path in writable,
                path in empty,
            )
        ids = first(seen.get("ids")).split() or [str(IMAGE_UID), str(IMAGE_UID)]
        return PathsSeen(states, int(ids[0]), int(ids[1]))
