"""The next command that a message names, with the inventory that is in use."""

from __future__ import annotations

import shlex

#: What every command takes when it is told no other.
INVENTORY = "inventory"

_in_use = [INVENTORY]


def use(inventory: str) -> None:
    """Says which inventory this run was given."""
    _in_use[0] = inventory


def deploy(*more: str) -> str:
    """`pyinfra INVENTORY deploy.py`"""
    return shlex.join(["pyinfra", _in_use[0], "deploy.py", *more])


def day_two(command: str, *words: str) -> str:
    """`kestra-provision COMMAND …`; the inventory is named only where it is not the usual one."""
    other = [] if _in_use[0] == INVENTORY else ["--inventory", _in_use[0]]
    return shlex.join(["kestra-provision", command, *words, *other])
