"""Files of the host that a container reads at its start, and sees no more as they lie there."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from kestra_provision.facts.script import Once, section

SECTION = "replaced"


def replaced(containers: Once, project: str, files: Mapping[str, str]) -> list[str]:
    """A section that names them, a line each: container, file; none where nothing is to be seen.

    + containers: asks for the containers of the project
    + files: on the host, by where a container has it

    A file that is replaced keeps its old content in a container that it is mounted into: that is
    another file of the disk, which costs less to see than a sum.
    """
    if not files:
        return []
    each = "; ".join(f"seen {shlex.quote(m)} {shlex.quote(path)}" for m, path in files.items())
    ours = shlex.quote(f"pid {project}")
    return [
        section(
            SECTION,
            'seen() { f=/proc/$pid/root$1; [ ! -e "$f" ] || [ "$f" -ef "$2" ] '
            '|| echo "${name#/} ${1##*/}"; }; '
            f"{containers.ask} | while read -r kind project name pid; do "
            f'[ "$kind $project" = {ours} ] && [ "$pid" != 0 ] || continue; {each}; done',
        )
    ]


def by_container(lines: Iterable[str]) -> dict[str, list[str]]:
    """Their names by container, as the section told them."""
    found: dict[str, list[str]] = {}
    for line in lines:
        container, _, name = line.partition(" ")
        found.setdefault(container, []).append(name)
    return found
