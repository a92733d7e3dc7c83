"""YAML of the operator's own, taken as what it says or refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from kestra_provision.text.strict_yaml import StrictLoader

_DATE = "tag:yaml.org,2002:timestamp"


class _Loader(StrictLoader):
    """A date stays the text that it is."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != _DATE]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parsed(given: Any) -> Any:
    """A mapping as it is, or what a text of YAML says; for a validator of pydantic.

    Raises `ValueError` for what is neither, without a value of it.
    """
    value = _loaded(given) if isinstance(given, str) else given
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("must be a mapping, `key: value`, or a text of YAML with one")
    try:
        for problem in _troubles(value, ""):
            raise ValueError(problem)
    except RecursionError:
        raise ValueError("holds itself, or is nested too deeply") from None
    return value


def _loaded(text: str) -> Any:
    try:
        return yaml.load(text, _Loader)  # a SafeLoader
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        # The whole message quotes the text, in which a secret may stand.
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not one document of YAML"
        raise ValueError(f"is no YAML{place}: {problem}") from None


def _troubles(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str) or not key:
                yield f"the key {key!r}{f' in {place}' if place else ''} is no text: quote it"
            else:
                yield from _troubles(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _troubles(inner, place)
    elif not isinstance(value, (str, int, float, bool, type(None))):
        yield f"{place} is a {type(value).__name__}, which YAML has not: write it as text"
