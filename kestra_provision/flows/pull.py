"""Pulls what a server has into the operator's repository: a flow, a file, a key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from kestra_provision.flows import files, values
from kestra_provision.flows.tree import Tree, fits
from kestra_provision.sync.item import Item


class PullError(ValueError):
    """It has no place in the repository, or another one stands there; says why."""


def flow(tree: Tree, folders: Sequence[Path], item: Item, source: bytes) -> Path:
    """Writes a flow over its file, or as a new one, and returns that.

    + folders: the settings' own; what is new goes into the first that has its namespace

    Raises `PullError`, and `OSError` of the laptop.
    """
    known = {each.id: each.file for each in tree.flows}
    file = known.get(item) or _namespace(folders, item) / f"{item.name}.yaml"
    if item not in known and file.exists():
        raise PullError(f"{file} is another flow's: rename it first")
    return _written(file, source)


def file(tree: Tree, folders: Sequence[Path], item: Item, content: bytes) -> Path:
    """Writes a file of a namespace; as `flow` does."""
    root = _namespace(folders, item) / files.FOLDER
    place = tree.files.get(item) or root / item.name
    if item not in tree.files and not place.resolve().is_relative_to(root.resolve()):
        raise PullError(f"{item.name} would lie outside of {root}")
    return _written(place, content)


def key(tree: Tree, folders: Sequence[Path], item: Item, line: bytes) -> Path:
    """Writes a key into its `_kv.yaml` and leaves everything else in there as it is.

    + line: `key: value` as YAML
    """
    place = values.file_of(folders, item) or _namespace(folders, item) / values.NAME
    before = place.read_text(encoding="utf-8") if place.exists() else ""
    after = with_key(before, item.name, line.decode())
    wanted = (yaml.safe_load(before) or {}) | yaml.safe_load(line)
    if _loaded(after) != wanted:
        raise PullError(f"{place} is written so that only a person can put {item.name} there")
    return _written(place, after.encode())


def with_key(text: str, name: str, line: str) -> str:
    """A mapping in YAML with one key replaced or added.

    + line: with its line break
    """
    node = yaml.compose(text)
    for key_, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key_.value == name:
            start, end = key_.start_mark.index, value.end_mark.index
            # A block ends where the next line begins, anything else before its line's end.
            new = line if text[:end].endswith("\n") else line.rstrip("\n")
            return text[:start] + new + text[end:]
    between = "\n" if text and not text.endswith("\n") else ""
    return f"{text}{between}{line}"


def _loaded(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _namespace(folders: Sequence[Path], item: Item) -> Path:
    """Raises `PullError` for a name that Kestra itself would not take, and for no folder at all."""
    if not folders:
        raise PullError("the setting `flows` names no folder")
    if not fits(item):
        raise PullError(f"{item} is no name that a file here could have")
    there = (folder for folder in folders if (folder / item.namespace).is_dir())
    return next(there, folders[0]) / item.namespace


def _written(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
