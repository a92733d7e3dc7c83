"""Owner, mode and content sum of many paths, and who the images run as, in one look."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra.api.facts import FactBase

from kestra_provision import HEADER
from kestra_provision.commands.record_sum import is_edited
from kestra_provision.facts.script import first, script, section, split

#: What official images run as; used until the image's own record is there.
IMAGE_UID = 1000
#: What stat does not call as a person would; links are followed where they lead somewhere.
_WORDS = {"symbolic link": "a link that leads nowhere"}
_STAT = "-c '%a %u %g %Y %F|%n'"


@dataclass(frozen=True)
class PathState:
    """`kind` is `directory` or `file` (or stat's other words); `mode` is octal, e.g. `750`.

    + modified: Unix seconds of the last change of its content
    + empty: a file, or a directory and no link to one, with nothing in it
    + closed: a directory with a file that is not its owner's to write; below it nobody looks
    + stranger: a file with something in it that has not our mark
    + link: what lies there is a link, and all else is told of what it leads to
    """

    kind: str
    mode: str
    uid: int
    gid: int
    sha256: str = ""
    modified: int = 0
    writable: bool = False
    empty: bool = False
    closed: bool = False
    stranger: bool = False
    link: bool = False

    def in_the_way(self, kind: str) -> str:
        """Why no `kind` can be made here without removing what may be dear to somebody.

        + kind: `directory`, to which a link may lead; `file`; or `shared`, a file of others too

        Empty when one can: Docker makes an empty directory where a file to be mounted is missing.
        """
        is_a = f"is {_WORDS.get(self.kind, f'a {self.kind}')}"
        if kind == "directory":
            return "" if self.kind == kind else f"{is_a}, not a directory"
        if self.kind == "directory":
            return "" if self.empty else f"{is_a}, not a file"
        if self.kind != "file":
            return f"{is_a}, not a file"
        if self.link:
            return "is a link, and a file would take its place"
        return "is not ours: our mark is not in it" if self.stranger and kind == "file" else ""


@dataclass(frozen=True)
class User:
    """Whom an image runs as, by number: a host's own user 1000 by any name is no change."""

    uid: int = IMAGE_UID
    gid: int = IMAGE_UID


ROOT = User(0, 0)


@dataclass(frozen=True)
class PathsSeen:
    """State by path, missing paths left out.

    + users: by service
    + edited: the record that tells them was edited, so they are what official images run as
    """

    states: dict[str, PathState]
    users: dict[str, User] = field(default_factory=dict)
    edited: bool = False

    def user(self, service: str) -> User:
        """Whom the image of a service runs as; root for no service."""
        return self.users.get(service, User()) if service else ROOT


class Paths(FactBase[PathsSeen]):
    """Numeric owners, whatever the host calls them.

    + paths: absolute paths
    + record: the host's record of images, which knows the uid that each runs as
    + owners: by directory, the service whose image's user must be able to write it
    + shared: absolute paths of files that others write too, of which no sum is told

    The write test is `test -w` as that uid: it writes nothing.
    """

    def command(
        self,
        paths: Sequence[str],
        record: str,
        owners: Mapping[str, str],
        shared: Sequence[str] = (),
    ) -> str:
        writers = dict.fromkeys(owners.values())
        summed, listed = shlex.join(paths), shlex.join([*paths, *shared])
        return script(
            _users(writers, record),
            section("edited", "[ $edited = no ] || echo yes"),
            section(
                "users",
                "; ".join(f"echo {s} ${s}_uid ${s}_gid" for s in writers) or "true",
            ),
            section(
                "stat",
                f"stat -L {_STAT} {listed}; "
                f"for f in {listed}; do [ -L $f ] && [ ! -e $f ] && stat {_STAT} $f; done",
            ),
            section("empty", f"find {listed} -maxdepth 0 -type d -empty"),
            section("links", f"for f in {listed}; do [ ! -L $f ] || echo $f; done"),
            section("marked", f"{_of_files(listed, f'grep -lF {shlex.quote(HEADER)}')}"),
            section("sums", _of_files(summed, "sha256sum")),
            section(
                "writable",
                "; ".join(_write_test(path, service) for path, service in owners.items()) or "true",
            ),
            section(
                "closed",
                "; ".join(_closed_test(path, service) for path, service in owners.items())
                or "true",
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
        writable, empty, closed, links, marked = (
            {*seen.get(name, [])} for name in ("writable", "empty", "closed", "links", "marked")
        )
        states = {}
        for line in seen.get("stat", []):
            numbers, _, path = line.partition("|")
            mode, uid, gid, modified, kind = numbers.split(" ", 4)
            nothing = path in empty or kind == "regular empty file"
            kind = "file" if kind.startswith("regular ") else kind
            states[path] = PathState(
                kind,
                mode,
                int(uid),
                int(gid),
                sums.get(path, ""),
                int(modified),
                path in writable,
                nothing,
                path in closed,
                stranger=kind == "file" and path not in marked and not nothing,
                link=path in links,
            )
        rows = [line.split() for line in seen.get("users", [])]
        users = {r[0]: User(int(r[1]), int(r[2])) for r in rows if len(r) == 3}
        return PathsSeen(states, users, first(seen.get("edited")) == "yes")


def closed_files(path: str, uid: str) -> str:
    """`find` for the files of a directory, and none below, that this user does not own and write.

    H2 opens such a file without a word, for reading only, and Kestra then starts for ever.
    """
    return f"find -H {shlex.quote(path)} -maxdepth 1 -type f \\( ! -uid {uid} -o ! -perm -200 \\)"


def _of_files(listed: str, command: str) -> str:
    """Shell text that runs a command on those that are files, if any is."""
    return (
        f'set --; for f in {listed}; do [ ! -f $f ] || set -- "$@" $f; done; '
        f'[ $# = 0 ] || {command} "$@"'
    )


def _users(services: Iterable[str], record: str) -> str:
    """Shell text that sets `SERVICE_uid` and `SERVICE_gid` of each, and `edited`."""
    names = [f"{service}_{kind}" for service in services for kind in ("uid", "gid")]
    known = "; ".join(f"{name}={IMAGE_UID}" for name in names)
    cases = "".join(f"{name.upper()}=*) {name}=$number ;; " for name in names)
    file = shlex.quote(record)
    # Digits and nothing else, in a line of a file that may be missing or cut off.
    return (
        f"{known or ':'}; edited=no; {{ {is_edited(record)}; }} 2>/dev/null && edited=yes; "
        f"[ $edited = yes ] || [ ! -f {file} ] || "
        f'while read -r line || [ "$line" ]; do number=${{line#*=}}; '
        f'case $number in "" | *[!0-9]*) ;; *) case $line in {cases}esac ;; esac; '
        f"done < {file}"
    )


def _write_test(path: str, service: str) -> str:
    folder = shlex.quote(path)
    as_image = f"setpriv --reuid=${service}_uid --regid=${service}_gid --clear-groups"
    return f"[ -d {folder} ] && {as_image} test -w {folder} -a -x {folder} && echo {folder}"


def _closed_test(path: str, service: str) -> str:
    folder = shlex.quote(path)
    return f'[ -n "$({closed_files(path, f"${service}_uid")} -print -quit)" ] && echo {folder}'
