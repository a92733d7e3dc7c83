"""What a namespace of Kestra holds: a flow, a file, a key of its store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Item:
    """One of them.

    + name: a flow's id, a file's path without its first slash, a key
    """

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"
