"""The canary of kestra-provision: a flow that shows by its end whether flows run at all."""

from __future__ import annotations

from kestra_provision.project import path
from kestra_provision.sync.item import Item

#: In Kestra's own namespace for what looks after a server, which its UI shows apart.
CANARY = Item("system", "smoke-test")


def source() -> str:
    """As it is put onto a server."""
    file = path("examples/flows") / CANARY.namespace / f"{CANARY.name}.yaml"
    return file.read_text(encoding="utf-8")
