"""Files and directories of the host: written whole or not at all, owner and mode as numbers."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

from pyinfra.api.command import StringCommand


def temporary(path: str) -> str:
    """Where a file is written before it replaces `path`: one fixed name in the same folder.

    A run killed half-way leaves at most this one file, and the next run writes over it.
    """
    target = PurePosixPath(path)
    return str(target.with_name(f".{target.name}.kestra-provision"))


def no_directory(path: str) -> str:
    """Shell text: Docker makes an empty directory where a file to be mounted is missing."""
    target = shlex.quote(path)
    return f"{{ [ ! -d {target} ] || rmdir {target}; }}"


def write_file(
    path: str, content: str, *, mode: str, uid: int, gid: int, check: str = "true"
) -> StringCommand:
    """Writes a file atomically, its content on stdin, never wider than `mode` on the way.

    + check: shell command that must accept the temporary file before it replaces `path`

    A connection lost while the content is under way ends stdin as its end does, and `cat` is
    content with half a file: its length tells. pyinfra's `files.put` leaves a 0644 temporary
    file and copies, so it is no place for secrets.
    """
    new, target = shlex.quote(temporary(path)), shlex.quote(path)
    cut_off = shlex.quote(f"{path} arrived cut off and was not replaced; run again")
    # pyinfra ends a last line that has no line break.
    length = len((content if content.endswith("\n") else f"{content}\n").encode())
    return StringCommand(
        f"{no_directory(path)} "
        f"&& umask 077 && cat > {new} "
        f"&& {{ [ $(wc -c < {new}) -eq {length} ] || {{ echo {cut_off} >&2; false; }}; }} "
        f"&& chown {uid}:{gid} {new} && chmod {mode} {new} "
        f"&& {{ {check}; }} && mv -fT {new} {target} || {{ rm -f {new}; exit 1; }}",
        _stdin=content,
    )


def make_directory(path: str, *, mode: str, uid: int, gid: int) -> StringCommand:
    """Creates or repairs one directory; what is in it is left alone."""
    # With the zeros: else the setgid bit, which a parent hands on, would stay for ever.
    make = f"install -d -m 00{mode} -o {uid} -g {gid} {shlex.quote(path)}"
    return _kept(make, path, mode, uid, gid)


def open_files(found: str, uid: int, gid: int) -> StringCommand:
    """Gives files to a user, who may then write them.

    + found: `find` with what tells them
    """
    return StringCommand(f"{found} -exec chown {uid}:{gid} {{}} + -exec chmod u+w {{}} +")


def set_owner_and_mode(path: str, *, mode: str, uid: int, gid: int) -> StringCommand:
    """Repairs owner and mode of a file that is there."""
    target = shlex.quote(path)
    change = f"chown {uid}:{gid} {target} && chmod {mode} {target}"
    return _kept(change, path, mode, uid, gid)


def _kept(change: str, path: str, mode: str, uid: int, gid: int) -> StringCommand:
    """A mount may take owner and mode without a word and keep neither: each deploy would try again.

    A share with `root_squash`, or one that has the owner it was mounted with, is such a mount.

    + change: the command that gives them to it
    """
    target = shlex.quote(path)
    why = shlex.quote(
        f"{path} does not keep mode {mode} of {uid}:{gid}: findmnt -T {path} shows its file "
        "system; set root_dir to a disk of the host's own"
    )
    same = f'[ "$(stat -Lc "%a %u:%g" {target})" = "{mode} {uid}:{gid}" ]'
    return StringCommand(f"{{ {change} && {same}; }} || {{ echo {why} >&2; exit 1; }}")
