"""Keys of the operator's own in a file of ours, which keeps its order and its comments."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any

import yaml

_COMMENT = "# Of kestra_config.\n"


class _Dumper(yaml.SafeDumper):
    """Each text on one line, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if not text.isprintable() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def with_own(text: str, own: Mapping[str, Any]) -> str:
    """The text of YAML with keys that it has not.

    + text: a mapping in block style
    + own: a tree; where both have a mapping, its keys come right behind the key of that mapping,
      and where both have a list, its items before those that are there
    """
    if not own:
        return text
    lines = text.splitlines(keepends=True)
    there = yaml.compose(text, yaml.SafeLoader)
    found = _additions(there, own, len(lines)) if there else ()
    # The last one first: it moves no line that is still asked for.
    for line, column, keys in sorted(found, key=itemgetter(0), reverse=True):
        lines.insert(line, textwrap.indent(_COMMENT + _dumped(keys), " " * column))
    return "".join(lines)


def _additions(
    there: yaml.Node, own: Mapping[str, Any], line: int
) -> Iterator[tuple[int, int, dict[str, Any] | list[Any]]]:
    """Before which line, how far indented, what."""
    nodes = {key.value: (key.start_mark.line + 1, value) for key, value in there.value}
    rest = dict[str, Any]()
    for key, value in own.items():
        below, node = nodes.get(key, (0, None))
        if isinstance(node, yaml.MappingNode) and isinstance(value, dict):
            yield from _additions(node, value, below)
        elif isinstance(node, yaml.SequenceNode) and isinstance(value, list):
            yield below, node.start_mark.column, value
        else:
            rest[key] = value
    if rest:
        yield line, there.start_mark.column, rest


def _dumped(keys: dict[str, Any] | list[Any]) -> str:
    return yaml.dump(keys, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=math.inf)
