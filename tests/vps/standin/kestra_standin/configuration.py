"""The configuration: which files, how they merge, and typed access by dotted path."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .failures import BadStartError, RefusedError
from .log import warn
from .placeholders import resolve_all
from .versions import Version

#: Those that name the locale, the first one that is set.
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
DEFAULT_FILE = "/app/confs/application.yml"


class Configuration:
    """Resolved settings, asked for by kebab-case dotted path."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree

    @classmethod
    def load(
        cls, config_file: str | None, environment: Mapping[str, str], version: Version
    ) -> "Configuration":
        """Read the default file when it is there, then `--config`, which wins."""
        tree: dict[str, Any] = {}
        for name in environment.get("MICRONAUT_CONFIG_FILES", DEFAULT_FILE).split(","):
            if name and Path(name).exists():
                tree = _merge(tree, _read(Path(name)))
        if config_file is not None:
            try:
                tree = _merge(tree, _read(Path(config_file)))
            except BadStartError as problem:
                if not version.is_one:
                    raise
                # The next complaint is then that everything in it is missing.
                warn("io.kestra.cli.App", str(problem))
        return cls(resolve_all(tree, _as_java_reads(environment)))

    def get(self, path: str, default: Any = None) -> Any:
        """Return the value at `path`, or `default` when it is missing or null."""
        node: Any = self.tree
        for part in path.split("."):
            if not isinstance(node, dict) or part not in node:
                return default
            node = node[part]
        return default if node is None else node

    def text(self, path: str, default: str = "") -> str:
        """Return the value at `path` as text."""
        return str(self.get(path, default))

    def flag(self, path: str, default: bool) -> bool:
        """Return the value at `path` as a truth value."""
        value = self.get(path, default)
        return value if isinstance(value, bool) else str(value).strip().lower() in {"true", "yes"}

    def number(self, path: str, default: int) -> int:
        """Return the value at `path` as an integer; anything else ends the start."""
        value = self.get(path, default)
        try:
            return int(str(value))
        except ValueError as problem:
            raise RefusedError(f"Failed to convert {path} to Integer") from problem


def _as_java_reads(environment: Mapping[str, str]) -> dict[str, str]:
    """Java decodes the values by the locale since 18, and has ASCII alone without one."""
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    if locale.lower().replace("-", "").endswith("utf8"):
        return dict(environment)
    return {
        name: os.fsencode(value).decode("ascii", errors="replace")
        for name, value in environment.items()
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        parsed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        reason = os.strerror(problem.errno or 0)
        raise BadStartError(f"Unable to read {path}: {reason}") from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        # The parser's own message quotes the file, which may hold a password.
        mark = getattr(problem, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise RefusedError(f"Exception occurred while parsing {path}{line}") from problem
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        raise RefusedError(f"{path} is not a YAML mapping")
    return _kebab(parsed)


def _kebab(node: dict[Any, Any]) -> dict[str, Any]:
    """Spell keys as Micronaut compares them, and open dotted keys (`a.b: 1`) into mappings."""
    result: dict[str, Any] = {}
    for raw, value in node.items():
        name = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", str(raw)).lower()
        nested: Any = _kebab(value) if isinstance(value, dict) else value
        for part in reversed(name.split(".")[1:]):
            nested = {part: nested}
        result = _merge(result, {name.split(".")[0]: nested})
    return result


def _merge(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged
