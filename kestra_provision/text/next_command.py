"""The next command that a message names, with the inventory that is in use."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

#: What every command takes when it is told no other.
INVENTORY = "inventory"


@dataclass(frozen=True)
class NextCommand:
    """Commands to copy.

    + inventory: the one that this run was given
    """

    inventory: str = INVENTORY

    def deploy(self, *more: str) -> str:
        """`pyinfra INVENTORY deploy.py`"""
        return shlex.join(["pyinfra", self.inventory, "deploy.py", *more])

    def day_two(self, command: str, *words: str) -> str:
        """`kestra-provision COMMAND …`; the inventory is named only where it is another one."""
        other = [] if self.inventory == INVENTORY else ["--inventory", self.inventory]
        return shlex.join(["kestra-provision", command, *words, *other])
