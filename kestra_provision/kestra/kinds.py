"""Kinds of items that are kept as in the repository, in the order in which they are written."""

from __future__ import annotations

from kestra_provision.flows.tree import Tree
from kestra_provision.kestra.files import Files
from kestra_provision.kestra.flows import Flows
from kestra_provision.kestra.values import Values


def kinds_of(tree: Tree) -> tuple[Files, Values, Flows]:
    """What a flow needs comes before it."""
    contents = {item: file.read_bytes() for item, file in tree.files.items()}
    return Files(contents), Values(tree.values), Flows(tree)
