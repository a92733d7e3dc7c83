"""Directories and files of ours, as they shall be on a host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Directory:
    """A directory of ours; `by_image` gives it to the user the Kestra image runs as."""

    path: str
    mode: str
    by_image: bool = False


@dataclass(frozen=True)
class Rendered:
    """A file of ours, root's; `by_image` lets the image's group read it.

    + check: shell command that must accept the temporary file before it replaces the old one
    """

    path: str
    content: str
    mode: str
    by_image: bool = False
    check: str = "true"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()
