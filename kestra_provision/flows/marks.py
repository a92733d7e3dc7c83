"""How a flow is marked: by its source, and by what the server's own switch makes of it."""

from __future__ import annotations

import hashlib

from kestra_provision.flows.source import switched
from kestra_provision.sync.comparison import Mark


def sum_of(source: str) -> str:
    """SHA-256 of a source, byte for byte."""
    return hashlib.sha256(source.encode()).hexdigest()


def mark_of(source: str) -> Mark:
    """Disabled and enabled again by the server, it is still the same flow."""
    off = switched(source, True)
    each = (source, off, switched(off, False), switched(source, False))
    return Mark(tuple(dict.fromkeys(map(sum_of, each))))
