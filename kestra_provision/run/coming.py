"""What a plan foresees of a host, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: What happens to a service's container; `may-restart`: only doing it tells.
Fate = Literal["starts", "restarts", "may-restart", "stops"]


@dataclass(frozen=True)
class Fetched:
    """An image that is about to be fetched.

    + id: that it has where Docker keeps images in its own store; empty where only the fetch tells
    + another: what has its name now is another one for certain
    """

    id: str = ""
    another: bool = False


@dataclass
class Coming:
    """What is not there yet, and what it does to what runs.

    + files: new content by path; it may hold secrets
    + closed: those of them that not everybody on the host may read
    + paths: whose owner or mode is put right, and directories that are made
    + replaced: files that containers read at their start, about to be others
    + packages: those that are installed
    + docker_silent: Docker is there and does not run; what it has is not told, and not gone
    + images: those that are fetched, by reference
    + fates: of the stack's services, by name
    """

    files: dict[str, str] = field(default_factory=dict, repr=False)
    closed: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    docker_silent: bool = False
    images: dict[str, Fetched] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
