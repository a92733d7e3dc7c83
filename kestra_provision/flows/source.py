"""The source of a flow, YAML: who it is, and what it asks for.

Read with every scalar as text, as nothing but names is taken from it; the server parses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from kestra_provision.flows.secrets import asked
from kestra_provision.sync.item import Item
from kestra_provision.text.strict_yaml import OfEachKeyOne

#: libyaml where it is there: a server has hundreds of flows.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
#: The server finds a source valid whose key stands twice, and then fails to write it.
_STRICT: Any = type("_Strict", (OfEachKeyOne, LOADER), {})
_SUBFLOWS = (".Subflow", ".ForEachItem")
_PEBBLE = "{{"
#: What the server's switch looks for in a source before it writes another line at its end.
_SWITCHED = {
    True: re.compile(r"^disabled\s*:\s*false\s*", re.MULTILINE),
    False: re.compile(r"^disabled\s*:\s*true\s*", re.MULTILINE),
}


_SWITCH = re.compile(r"^disabled\s*:\s*(?:true|false)\s*", re.MULTILINE)


class SourceError(ValueError):
    """It is no flow; says why, without its text."""


@dataclass(frozen=True)
class Names:
    """What a source says of itself.

    + calls: flows that it starts by a name that is not computed
    + secrets: names of `secret('…')`, in capitals
    """

    flow: Item
    calls: frozenset[Item] = frozenset()
    secrets: frozenset[str] = frozenset()


def names(source: str) -> Names:
    """Reads them; raises `SourceError` for what is no single YAML document with both names."""
    found = _parsed(source)
    for key in ("id", "namespace"):
        if not (isinstance(found.get(key), str) and found[key]):
            raise SourceError(f"it has no `{key}:` at its top")
    if "revision" in found:
        raise SourceError("`revision:` is the server's: it takes that line out of every source")
    nodes = [*_nodes(found)]
    calls = frozenset(called for part in nodes if (called := _called(part)))
    secrets = frozenset[str]().union(*map(asked, _texts(nodes)))
    return Names(Item(found["namespace"], found["id"]), calls, secrets)


def switched(source: str, disabled: bool) -> str:
    """The source as the server writes it when somebody disables or enables the flow there."""
    text = "true" if disabled else "false"
    pattern = _SWITCHED[disabled]
    if pattern.search(source):
        return pattern.sub(f"disabled: {text}\n", source)
    return f"{source}\ndisabled: {text}"


def unswitched(source: str) -> str:
    """The source without what that switch writes: its line, and the blanks about it."""
    return _SWITCH.sub("", source).rstrip()


def is_off(source: str) -> bool:
    """The flow is disabled: by its author, or by the server's own switch."""
    return _SWITCHED[False].search(source) is not None


def _parsed(source: str) -> dict[str, Any]:
    try:
        # A line of `---` at the end begins a document with nothing in it, which Kestra takes.
        found, *more = [each for each in yaml.load_all(source, _STRICT) if each] or [None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" (line {mark.line + 1})" if mark else ""
        twice = isinstance(error, yaml.constructor.ConstructorError)
        said = error.problem if twice else f"it is no YAML: {error.problem}"
        raise SourceError(f"{said}{line}") from error
    except yaml.YAMLError as error:
        raise SourceError("it holds characters that YAML has no place for") from error
    except RecursionError as error:
        raise SourceError("it is nested too deeply") from error
    if more:
        raise SourceError("it holds two documents: one flow a file")
    if not isinstance(found, dict):
        raise SourceError("it is no mapping of a flow's properties")
    return found


def _nodes(document: Any) -> Iterator[Any]:
    """Every part of it, once: aliases of aliases would be more than anybody can count."""
    left, seen = [document], set[int]()
    while left:
        part = left.pop()
        if isinstance(part, dict | list):
            if id(part) in seen:
                continue
            seen.add(id(part))
            left += part.values() if isinstance(part, dict) else part
        yield part


def _texts(nodes: Iterable[Any]) -> Iterator[str]:
    """Names of mappings too: Kestra renders them in some."""
    for part in nodes:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            yield from (key for key in part if isinstance(key, str))


def _called(part: Any) -> Item | None:
    """The flow that a task starts by its name."""
    if not isinstance(part, dict):
        return None
    kind, flow, namespace = (part.get(key) for key in ("type", "flowId", "namespace"))
    named = all(isinstance(text, str) and _PEBBLE not in text for text in (flow, namespace))
    if named and isinstance(kind, str) and kind.endswith(_SUBFLOWS):
        return Item(str(namespace), str(flow))
    return None
