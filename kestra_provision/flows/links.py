"""Links in the folders of flows: what they lead to would be on the server, whatever it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kestra_provision.text.problem import Problem


def leading_out(paths: Iterable[Path], folders: Sequence[Path]) -> list[Problem]:
    """A problem for each that is a link to somewhere else; one to nowhere is others' to name.

    + folders: of flows, between which a link may lead
    """
    roots = [folder.resolve() for folder in folders]
    found = list[Problem]()
    for path in paths:
        if not (path.is_symlink() and path.exists()):
            continue
        target = path.resolve()
        if not any(target.is_relative_to(root) for root in roots):
            said = f"it is a link that leads out of the folder, to {target}"
            found.append(Problem(said, str(path), "put there what it leads to, or remove it"))
    return found
