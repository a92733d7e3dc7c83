"""Plugins on a host: the list of those that are ours, and the end of one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from pyinfra.api.command import StringCommand

from kestra_provision import HEADER
from kestra_provision.commands.files import no_directory, temporary, write_file

MODE, OWNER = "644", "0:0"


def write_record(path: str, jars: Mapping[str, str]) -> StringCommand:
    """Writes down which are ours.

    + path: of the list
    + jars: sum by name
    """
    lines = (f"{sha256}  {name}\n" for name, sha256 in sorted(jars.items()))
    return write_file(path, f"# {HEADER}\n{''.join(lines)}", mode=MODE, uid=0, gid=0)


def put_in_place(path: str) -> str:
    """Shell text that puts what arrived as `temporary(path)` in its place."""
    new, target = shlex.quote(temporary(path)), shlex.quote(path)
    return (
        f"{no_directory(path)} && chown {OWNER} {new} "
        f"&& chmod {MODE} {new} && mv -fT {new} {target}"
    )


def remove(folder: str, names: Iterable[str]) -> StringCommand:
    """Removes jars of ours; an empty directory that Docker made of one, too."""
    paths = [shlex.quote(f"{folder}/{name}") for name in names]
    return StringCommand(
        f"for f in {' '.join(paths)}; do "
        '{ [ -L "$f" ] || [ ! -d "$f" ] || rmdir "$f"; } && rm -f "$f" || exit 1; done'
    )


def remove_folder(folder: str, record: str) -> StringCommand:
    """Removes the list, and the folder where nothing of others is in it."""
    quoted = shlex.quote(folder)
    return StringCommand(
        f"rm -f {shlex.quote(record)} && "
        f"{{ [ -L {quoted} ] || rmdir --ignore-fail-on-non-empty {quoted}; }}"
    )
