"""Placeholders of Micronaut in Kestra's configuration: `${NAME}`, `${NAME:DEFAULT}`, `${a.b}`.

Kestra does not start with one that nothing fills, nor with one that is not closed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kestra_provision.settings.properties import leaves, spelled

#: Variables that the container has by itself.
_THERE = ("HOME", "HOSTNAME", "JAVA_OPTS", "LANG", "PATH")
#: How the properties begin that Kestra, Micronaut and Java have by themselves.
_ELSEWHERE = (
    *("kestra", "micronaut", "endpoints", "datasources", "flyway", "jackson", "logger", "random"),
    *("file", "java", "jdk", "line", "os", "path", "user"),
)


def troubles(
    path: str, value: Any, variables: Collection[str], config: Mapping[str, Any]
) -> Iterator[str]:
    """Why Kestra would not start with the value of a property.

    + variables: names of those of the operator's
    + config: the tree that the property is of
    """
    for text in _texts(value):
        if "${" in text.rpartition("}")[2]:
            yield (
                f"kestra_config: {path} has a ${{ without its }}: add it, and where that stands in "
                "the text of YAML, put quotes around the value"
            )
        for name in sorted({*_wanted(text)}):
            if not name:
                yield f"kestra_config: {path} has a ${{}} without a name: write one"
            elif not _is_filled(name, {*variables, *_THERE}, config):
                yield (
                    f"kestra_config: {path} wants ${{{name}}}, and kestra_env has no "
                    f"{_variable(name)}: add it there, or write ${{{name}:DEFAULT}}"
                )


def _wanted(text: str) -> Iterator[str]:
    """Names that have no default. Micronaut takes the next } for the end, wherever it stands."""
    for inside in re.findall(r"\$\{([^}]*)\}", text):
        if ":" not in inside:
            yield inside.strip()


def _is_filled(name: str, variables: Collection[str], config: Mapping[str, Any]) -> bool:
    """By a variable, under its name or as the property that it is to Micronaut; by a property."""
    if name in variables or ("_" not in name and _variable(name) in variables):
        return True
    properties = {path for path, _ in leaves(config)}
    return spelled(name) in properties or ("." in name and name.split(".")[0] in _ELSEWHERE)


def _variable(name: str) -> str:
    """The variable that would be the property of this name."""
    return re.sub("[.-]", "_", name).upper()


def _texts(value: Any) -> Iterator[str]:
    """All texts in the value of a property, which may be a list of mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
