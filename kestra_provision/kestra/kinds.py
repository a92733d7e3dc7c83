"""Kinds of items that are kept as in the repository, in the order in which they are written."""

from __future__ import annotations

from pyinfra.api.host import Host

from kestra_provision.flows.tree import Tree
from kestra_provision.kestra.files import Files
from kestra_provision.kestra.flows import Flows
from kestra_provision.kestra.values import Values
from kestra_provision.run.state import of


def kinds_of(tree: Tree) -> tuple[Files, Values, Flows]:
    """What a flow needs comes before it."""
    contents = {item: file.read_bytes() for item, file in tree.files.items()}
    return Files(contents), Values(tree.values), Flows(tree)


def kinds_here(host: Host) -> tuple[Files, Values, Flows]:
    """Those of a host's repository; the same all along, as each keeps what it saw of the server."""
    here = of(host)
    if here.kinds is None:
        here.kinds = kinds_of(here.flows)
    found: tuple[Files, Values, Flows] = here.kinds
    return found
