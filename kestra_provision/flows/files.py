"""Files of a namespace, for its scripts: `flows/NAMESPACE/_files/`, with all folders below it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from kestra_provision.flows.links import leading_out
from kestra_provision.sync.comparison import Sum
from kestra_provision.sync.item import Item
from kestra_provision.text.problem import Problem

FOLDER = "_files"
#: What the server takes for flows, whatever lies in it.
_FLOWS = "_flows"


def sum_of(content: bytes) -> Sum:
    """SHA-256 of a file."""
    exact = hashlib.sha256(content).hexdigest()
    return Sum(exact, exact)


def read(namespace: Path, folders: Sequence[Path]) -> tuple[dict[Item, Path], list[Problem]]:
    """The files of a namespace by their names there; none without a folder of them.

    + namespace: its folder
    + folders: of flows, between which a link may lead
    """
    root = namespace / FOLDER
    found, problems = dict[Item, Path](), list[Problem]()
    if (root.exists() or root.is_symlink()) and not root.is_dir():
        return {}, [Problem("it is no folder", str(root), "make it one, or remove it")]
    for file in _below(root) if root.is_dir() else ():
        name = file.relative_to(root).as_posix()
        if why := _unfit(file, name):
            problems.append(Problem(why, str(file), "rename or remove it"))
        elif out := leading_out([file], folders):
            problems += out
        else:
            found[Item(namespace.name, name)] = file
    return found, problems


def _below(folder: Path) -> Iterator[Path]:
    """Without what editors and version control keep there."""
    for each in sorted(folder.iterdir()):
        if each.name in {".git", "__pycache__", ".DS_Store"}:
            continue
        if each.is_dir() and not each.is_symlink():
            yield from _below(each)
        else:
            yield each


def _unfit(file: Path, name: str) -> str:
    if not file.is_file():
        return "it is no file, or a link to nowhere or to a folder"
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return unfit(name)


def unfit(name: str) -> str:
    """Why Kestra could not keep a file by this name; empty where it can."""
    if name.split("/")[0] == _FLOWS:
        return f"Kestra takes what lies in {_FLOWS}/ for flows"
    if "\\" in name:
        return "Kestra would make a folder of what stands before a \\"
    if " " in name or not name.isprintable():
        return "Kestra could neither be asked for a name with a blank, nor delete it"
    return ""
