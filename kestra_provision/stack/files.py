"""Directories and files of ours, as they shall be on a host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Directory:
    """A directory of ours.

    + owner: the service whose image's user it belongs to; empty for root
    """

    path: str
    mode: str
    owner: str = ""


@dataclass(frozen=True)
class Mounted:
    """A file of the host that a container reads at its start: another one in its place is a change.

    + path: on the host
    + mount: where the container has it
    """

    path: str
    mount: str


@dataclass(frozen=True)
class Rendered:
    """A file of ours, root's.

    + content: may hold secrets
    + reader: the service whose image's group may read it; empty for root's
    + check: shell command that must accept the temporary file before it replaces the old one
    """

    path: str
    content: str = field(repr=False)
    mode: str
    reader: str = ""
    check: str = "true"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()
