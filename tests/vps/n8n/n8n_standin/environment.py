"""Settings from the environment: a variable, else the file that NAME_FILE names."""

import re
from collections.abc import Mapping
from pathlib import Path

from .failures import UncaughtError
from .log import warn_early

_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


class Environment:
    """Typed access; what cannot be read as its type falls back to the default, with a warning."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._files: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        """Return a value without blanks at its ends and without one pair of quotes around it."""
        value = self._read(name)
        if value is None:
            return default
        return re.sub(r"""^(['"])(.*)\1$""", r"\2", value.strip())

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        """Return one of the known words, the first of them when nothing else fits."""
        value = self.text(name, known[0])
        if value in known:
            return value
        expected = " | ".join(f"'{word}'" for word in known)
        warn_early(
            f"Invalid value for {name} - Invalid enum value. Expected {expected},"
            f" received '{value}'. Falling back to default value."
        )
        return known[0]

    def number(self, name: str, default: float) -> float:
        """Return a number."""
        value = self._read(name)
        try:
            return default if value is None else float(value)
        except ValueError:
            warn_early(f"Invalid number value for {name}: {value}")
            return default

    def flag(self, name: str, default: bool) -> bool:
        """Return a truth value."""
        value = self._read(name)
        if value is None:
            return default
        if value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
        warn_early(f"Invalid boolean value for {name}: {value}")
        return default

    def is_set(self, name: str) -> bool:
        """Tell whether the variable itself has a value."""
        return bool(self._variables.get(name))

    def _read(self, name: str) -> str | None:
        # The variable wins over the file even when it is empty.
        if name in self._variables:
            return self._variables[name]
        file = self._variables.get(f"{name}_FILE")
        if not file:
            return None
        if name not in self._files:
            self._files[name] = self._read_file(name, file)
        return self._files[name]

    def _read_file(self, name: str, file: str) -> str:
        try:
            value = Path(file).read_text(encoding="utf-8")
        except FileNotFoundError as problem:
            raise UncaughtError(f"ENOENT: no such file or directory, open '{file}'") from problem
        except OSError as problem:
            raise UncaughtError(f"EACCES: permission denied, open '{file}'") from problem
        if value != value.strip():
            warn_early(
                f"[n8n] Warning: The file specified by {name}_FILE contained leading or trailing"
                " whitespace; the value was trimmed."
            )
        return value.strip()
