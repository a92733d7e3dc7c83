"""Where in a source the server finds fault: it names a path, a type or a name, seldom a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from kestra_provision.flows.source import LOADER

#: Of a parser: `line 3, column 5`, `(at line 3)`; the last one is where it gave up.
_LINE = re.compile(r"\bline:? (\d+)(?:, column|\))")
#: `FlowWithSource["tasks"]->java.util.ArrayList[1]->…Log["messag"]`
_CHAIN = re.compile(r"reference chain: (\S+)")
_LINK = re.compile(r'\["([^"]+)"\]|\[(\d+)\]')
#: `triggers[1].type`; of tasks and inputs the id stands for all places: `say.message`
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\[\d+\]|\.[\w-]+)+|^(?:[^:\n]*error: )?[a-z]\w*(?=: )")
_STEP = re.compile(r"\[(\d+)\]|([\w-]+)")
#: `"messag"`, `[say, hello]`, `io.kestra.plugin.core.log.Nope`
_NAMED = re.compile(r"""["'\[`]([\w.$-]+)(?:["'\]`]|, )|([\w$]+(?:\.[\w$]+)+)""")


def line_of(source: str, words: str) -> int | None:
    """The line that the server's words are about; None where they do not say enough.

    + words: as it says them of an invalid flow
    """
    if told := [int(line) for line in _LINE.findall(words)]:
        return told[-1] if told[-1] <= source.count("\n") + 1 else None
    try:
        root = next(iter(yaml.compose_all(source, LOADER)), None)
    except yaml.YAMLError:
        return None
    for path in _paths(words):
        if found := _walked(root, path):
            return found
    names = [quoted or dotted for quoted, dotted in _NAMED.findall(words)]
    lines: dict[str, list[int]] = {}
    for node in _nodes(root):
        if isinstance(node, yaml.ScalarNode):
            lines.setdefault(node.value, []).append(node.start_mark.line + 1)
    # Of two that are called the same the second one is too many.
    which = -1 if "uplicate" in words else 0
    return next((lines[name][which] for name in names if name in lines), None)


def _paths(words: str) -> Iterator[list[str]]:
    for chain in _CHAIN.findall(words):
        yield [name or number for name, number in _LINK.findall(chain)]
    for path in _PATH.findall(words):
        steps = [number or name for number, name in _STEP.findall(path.rpartition("error: ")[2])]
        yield steps[1:] if steps[0] == "flow" else steps


def _walked(root: Any, path: list[str]) -> int | None:
    """The line of the deepest part of a path that is there; None where not even the first is."""
    line, node = None, root
    for before, step in zip([None, *path], path, strict=False):
        if step == before and not step.isdigit():
            continue  # the id, in the place of each list on the way
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode):
            found = next(((each, each) for each in _meant(node.value, step)), None)
        else:
            found = None
        if found is None and line is None:
            found = next(((each, each) for each in _meant([*_nodes(root)], step)), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _meant(nodes: list[Any], step: str) -> list[Any]:
    """Of a list: by its place, or by its id."""
    if step.isdigit():
        return nodes[int(step) : int(step) + 1]
    maps = [node for node in nodes if isinstance(node, yaml.MappingNode)]
    return [n for n in maps if ("id", step) in [(key.value, value.value) for key, value in n.value]]


def _nodes(root: Any) -> Iterator[Any]:
    """Each once, in the order of the source, whatever an alias repeats."""
    left, seen = [root], set[int]()
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            left += [part for pair in reversed(node.value) for part in reversed(pair)]
        elif isinstance(node, yaml.SequenceNode):
            left += reversed(node.value)
