"""YAML whose keys stand there once: the last one of two would win without a word."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml
from yaml.constructor import BaseConstructor, ConstructorError


class OfEachKeyOne(BaseConstructor):
    """For a loader, before its other parts: a key twice in a mapping, however deep, is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise ConstructorError(
                    problem=f"the key {key.value} stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class StrictLoader(OfEachKeyOne, yaml.SafeLoader):
    """A safe loader of what the operator writes."""
