"""`{{ … }}` in flows: a small part of Kestra's expression language."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .failures import RefusedError
from .log import error
from .versions import Version

_NAME = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+|\[['\"][^'\"]+['\"]\]|\[\d+\])*")
_CALL = re.compile(r"(\w+)\(\s*(?:'([^']*)'|\"([^\"]*)\"|([A-Za-z_][\w.-]*))\s*\)")


class UnrenderableError(Exception):
    """An expression that has no value or that the stand-in does not know."""


class Renderer:
    """Renders texts against the variables of one execution."""

    def __init__(
        self, variables: Mapping[str, Any], functions: Mapping[str, Callable[[str], Any]]
    ) -> None:
        self._variables = variables
        self._functions = functions

    def render(self, value: Any) -> Any:
        """Return `value` with every expression in every text replaced."""
        if isinstance(value, dict):
            return {key: self.render(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.render(item) for item in value]
        if not isinstance(value, str):
            return value
        return re.sub(r"\{\{(.*?)\}\}", lambda found: _shown(self._value(found.group(1))), value)

    def _value(self, expression: str) -> Any:
        for alternative in expression.split("??"):
            text, *filters = [part.strip() for part in alternative.split("|")]
            value = self._term(text)
            for name in filters:
                value = _filtered(name, value)
            if value is not None:
                return value
        raise UnrenderableError(f"Unable to find `{expression.strip()}` used in the expression")

    def _term(self, text: str) -> Any:
        if re.fullmatch(r"'[^']*'|\"[^\"]*\"", text):
            return text[1:-1]
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return text
        if call := _CALL.fullmatch(text):
            function = self._functions.get(call.group(1))
            if function is None:
                raise UnrenderableError(f"Function `{call.group(1)}` is unknown to the stand-in")
            if call.group(4):
                return function(str(self._term(call.group(4))))
            return function(call.group(2) or call.group(3) or "")
        if not _NAME.fullmatch(text):
            raise UnrenderableError(f"The stand-in cannot read the expression `{text}`")
        node: Any = self._variables
        for part in re.findall(r"[\w-]+", text):
            if isinstance(node, list) and part.isdigit() and int(part) < len(node):
                node = node[int(part)]
            else:
                node = node.get(part) if isinstance(node, Mapping) else None
        return node


def secrets_of(environment: Mapping[str, str], version: Version) -> dict[str, str]:
    """Return the `SECRET_*` variables decoded; one that is no base64 ends the start of 0.20."""
    found = {}
    for name, value in environment.items():
        if not name.startswith("SECRET_"):
            continue
        try:
            found[name.removeprefix("SECRET_").upper()] = base64.b64decode(
                value, validate=True
            ).decode()
        except (binascii.Error, ValueError) as problem:
            if version.is_one:
                error("io.kestra.core.secret.SecretService", f"Could not decode secret '{name}'")
                continue
            raise RefusedError(f"Could not decode secret {name}: it is not base64") from problem
    return found


def _filtered(name: str, value: Any) -> Any:
    if default := re.fullmatch(r"default\(\s*['\"]?(.*?)['\"]?\s*\)", name):
        return default.group(1) if value is None else value
    simple: dict[str, Callable[[str], str]] = {
        "upper": str.upper,
        "lower": str.lower,
        "trim": str.strip,
        "string": str,
    }
    if name not in simple:
        raise UnrenderableError(f"Filter `{name}` is unknown to the stand-in")
    return None if value is None else simple[name](_shown(value))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return value if isinstance(value, str) else str(value)
