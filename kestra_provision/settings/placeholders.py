"""Placeholders of Micronaut in Kestra's configuration: `${NAME}`, `${NAME:DEFAULT}`, `${a.b}`.

Kestra does not start with one that nothing fills, nor with one that is not closed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kestra_provision.settings.properties import spelled

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
                variable = _variable(name)
                nothing = f"kestra_env has no {variable}" if variable else "nothing has that name"
                way = "add it there, or write" if variable else "write"
                yield (
                    f"kestra_config: {path} wants ${{{name}}}, and {nothing}: {way} "
                    f"${{{name}:DEFAULT}}"
                )


def _wanted(text: str) -> Iterator[str]:
    """Names that have no default. Micronaut takes the next } for the end, wherever it stands."""
    for inside in re.findall(r"\$\{([^}]*)\}", text):
        if ":" not in inside:
            yield inside.strip()


def _is_filled(name: str, variables: Collection[str], config: Mapping[str, Any]) -> bool:
    """By a variable; by a property, as it is written or with Micronaut's hyphens."""
    if name in variables or _variable(name) in variables:
        return True
    properties = {*_paths(config)}
    return name in properties | {*map(spelled, properties)} or (
        "." in name and name.split(".")[0] in _ELSEWHERE
    )


def _variable(name: str) -> str:
    """The variable that fills it: of this name, or MY_NAME for `my.name`; empty for none."""
    if re.fullmatch("[a-z][a-z0-9.-]*", name):
        return re.sub("[.-]", "_", name).upper()
    return name if re.fullmatch("[A-Z_][A-Z0-9_]*", name) else ""


def _paths(config: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Every property of a tree, as it is written."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


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
