"""How a flow is marked: by its source, and by it without the server's own switch."""

from __future__ import annotations

import hashlib

from kestra_provision.flows.source import unswitched
from kestra_provision.sync.comparison import Mark, Sum


def sum_of(source: str) -> Sum:
    """SHA-256 of a source: byte for byte, and without its switch."""
    return Sum(_sha256(source), _sha256(unswitched(source)))


def mark_of(source: str) -> Mark:
    """Of one that is written."""
    return Mark((sum_of(source),))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
