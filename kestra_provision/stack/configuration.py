"""A file that a service reads at its start, and how secrets stand in it.

Each stands at the end of a line of YAML, `key: "value" # NAME`: by the name whoever looks after the
host finds it again, in Python and in a shell alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from kestra_provision.settings.yaml_value import quoted
from kestra_provision.stack.files import Mounted

_LINE = re.compile(r""".*?: ("(?:[^"\\]|\\.)*") # (\w+)""")


@dataclass(frozen=True)
class Configuration(Mounted):
    """One of ours with secrets in it, whose sum a container carries."""


def marked(name: str, value: str) -> str:
    """A secret as it stands behind `key: `."""
    return f"{quoted(value)} # {name}"


def marks(names: Iterable[str]) -> str:
    """A pattern of `grep -E` for the lines with these secrets."""
    return f" # ({'|'.join(names)})$"


def found(lines: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """The secrets of these names that stand in lines of such a file."""
    wanted, there = {*names}, dict[str, str]()
    for line in lines:
        match = _LINE.fullmatch(line.rstrip())
        if not match or match[2] not in wanted:
            continue
        try:
            value = yaml.safe_load(match[1])
        except (yaml.YAMLError, ValueError):
            continue  # somebody's hand; a deploy writes it anew
        if isinstance(value, str) and value:
            there[match[2]] = value
    return there
