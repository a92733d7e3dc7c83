"""Which secrets the sources of a repository ask for: `{{ secret('NAME') }}`.

One in a comment of YAML counts for nothing, and neither does a name that is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: Of Pebble: what is rendered, and a comment of its own.
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_CALL = re.compile(r"\bsecret\s*\(([^()]*)\)")
_TEXT = r"""(?:"([^"\n]+)"|'([^'\n]+)')"""
_KEY = re.compile(rf"\bkey\s*=\s*{_TEXT}")
_FIRST = re.compile(rf"\s*{_TEXT}\s*(?:,|$)")
#: Files of a namespace with more are no templates.
_MOST = 1024 * 1024


@dataclass(frozen=True, order=True)
class Use:
    """Where a secret is asked for first in a file; `line` counts from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def shown(self) -> str:
        """From where the command runs, as far as it is below."""
        here = Path.cwd()
        file = self.file.relative_to(here) if self.file.is_relative_to(here) else self.file
        return f"{file}:{self.line}"


def asked(text: str) -> frozenset[str]:
    """Names that a text asks for, as Kestra looks for them."""
    names = set[str]()
    if "secret" not in text:
        return frozenset()
    for expression in _EXPRESSION.findall(_COMMENT.sub("", text)):
        for arguments in _CALL.findall(expression):
            found = _KEY.search(arguments) or _FIRST.match(arguments)
            if found:
                names.add((found[1] or found[2]).upper())
    return frozenset(names)


def line_of(source: str, name: str) -> int:
    """The line of a source where a secret is asked for; the first one that is no comment.

    + name: of `asked`
    """
    # In YAML a quote may stand twice, or behind a backslash.
    call = re.compile(rf"secret\s*\([^()]*?\\?[\"']{{1,2}}{re.escape(name)}\\?[\"']", re.IGNORECASE)
    starts = [match.start() for match in call.finditer(source)]
    lines = [source.count("\n", 0, start) + 1 for start in starts]
    texts = source.split("\n")
    return next((n for n in lines if not texts[n - 1].lstrip().startswith("#")), (lines or [1])[0])


def uses(
    flows: Iterable[tuple[Path, str, frozenset[str]]], files: Iterable[Path]
) -> dict[str, list[Use]]:
    """Every use by the name of the secret, in the order of the files.

    + flows: file, source and names of each
    + files: those of namespaces, which a flow may render
    """
    found = dict[str, list[Use]]()
    for file, source, names in (*flows, *_texts(files)):
        for name in sorted(names):
            found.setdefault(name, []).append(Use(file, line_of(source, name)))
    return found


def _texts(files: Iterable[Path]) -> Iterator[tuple[Path, str, frozenset[str]]]:
    for file in files:
        try:
            if file.stat().st_size > _MOST:
                continue
            text = file.read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            continue
        yield file, text, asked(text)
