"""`${X}` and `${X:default}` in configuration values, resolved the way Micronaut does it."""

import re
from collections.abc import Mapping
from typing import Any

from .failures import StuckError


def resolve_all(tree: Any, environment: Mapping[str, str]) -> Any:
    """Return `tree` with every placeholder in every string resolved, or raise `StuckError`."""
    return _walk(tree, tree, environment)


def resolve(text: str, environment: Mapping[str, str], tree: Any = None, depth: int = 0) -> str:
    """Return `text` with its placeholders resolved.

    + text: a configuration value
    + environment: the process environment; an empty variable counts as unset
    + tree: the configuration, for `${other.property}`
    """
    if depth > 20:
        raise StuckError("Circular placeholder reference in the configuration")
    start = text.find("${")
    if start < 0:
        return text
    end = _closing(text, start)
    if end < 0:
        raise StuckError("Incomplete placeholder definitions detected in the configuration")
    name, colon, default = text[start + 2 : end].partition(":")
    value = _lookup(name.strip(), environment, tree, depth)
    if value is None:
        if not colon:
            raise StuckError(f"Could not resolve placeholder ${{{name}}}")
        value = resolve(default.strip("`"), environment, tree, depth + 1)
    # What came from the environment is not searched again: a secret may contain `${`.
    return text[:start] + value + resolve(text[end + 1 :], environment, tree, depth)


def _walk(node: Any, tree: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _walk(value, tree, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [_walk(value, tree, environment) for value in node]
    if isinstance(node, str):
        return resolve(node, environment, tree)
    return node


def _lookup(name: str, environment: Mapping[str, str], tree: Any, depth: int) -> str | None:
    node = tree
    for part in name.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    if node is not None and not isinstance(node, dict | list):
        return resolve(str(node), environment, tree, depth + 1)
    return environment.get(name) or environment.get(re.sub(r"[.-]", "_", name).upper()) or None


def _closing(text: str, start: int) -> int:
    """Index of the `}` that closes the placeholder at `start`, or -1."""
    depth = 0
    for index in range(start, len(text)):
        if text.startswith("${", index):
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return -1
