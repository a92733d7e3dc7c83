"""A drift report for the terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from textwrap import indent

import click

from kestra_provision.drift.advice import advice, counts
from kestra_provision.drift.report import Finding, HostReport, Report, Result
from kestra_provision.text.difference import Severity
from kestra_provision.text.table import table
from kestra_provision.text.words import one_line

_COLOURS: dict[Result, str] = {"clean": "green", "drift": "red", "unknown": "yellow"}
_LAST_COLUMN: dict[Severity, str] = {"drift": "repaired by", "notice": "what helps"}
#: Below it four columns side by side are not readable.
_NARROW = 60
#: Where no terminal says how wide it is, as in the log of a CI.
_WIDTH = 120
_GAP = 2


def render(report: Report) -> str:
    """Each host with its findings, drift first, and the next command in the last line.

    As wide as the terminal, and coloured only there.
    """
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    said = advice(report)
    # The last line is left to the terminal to wrap: a command with a line break is no command.
    end = one_line(f"{said.command} {said.sentence}")
    shown = "\n\n".join([*(_host(host, width) for host in report.hosts), end])
    return shown if _wants_colour() else click.unstyle(shown)


def _wants_colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _host(host: HostReport, width: int) -> str:
    found = counts(host)
    name = click.style(one_line(host.name), bold=True)
    result = click.style(host.result, fg=_COLOURS[host.result], bold=True)
    heading = f"{name}: {result}{f' ({found})' if found else ''}"
    if host.reason:
        heading += f"\n{_indented(host.reason, width)}"
    found_here = [_findings(s, host.of(s), width) for s in _LAST_COLUMN if host.of(s)]
    return "\n\n".join([heading, *found_here])


def _findings(severity: Severity, findings: Sequence[Finding], width: int) -> str:
    heading = [severity, "declared", "actual", _LAST_COLUMN[severity]]
    cells = [[f.what, f.declared, f.said, _remedy(f)] for f in findings]
    rows = [heading, *([one_line(cell) for cell in row] for row in cells)]
    return _stacked(rows, width) if width < _NARROW else table(list(_wrapped(rows, width)))


def _remedy(finding: Finding) -> str:
    """The stage that repairs it, or what the operator does."""
    if finding.by_deploy:
        return finding.stage
    by_hand = "you: " if finding.severity == "drift" else ""
    return f"{by_hand}{finding.repair}" if finding.repair else "-"


def _wrapped(rows: list[list[str]], width: int) -> Iterator[list[str]]:
    """The same table in that width: a row goes on in rows below it."""
    widths = _widths(list(zip(*rows, strict=True)), width)
    for row in rows:
        cells = [_lines(cell, limit) for cell, limit in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            yield [cell[line] if line < len(cell) else "" for cell in cells]


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """Room for the longest word of each column, so that paths stay whole; then for the rest."""
    left = width - _GAP * (len(columns) - 1)
    wanted = [max(map(len, column)) for column in columns]
    words = [max(len(word) for word in " ".join(column).split()) for column in columns]
    if sum(words) > left:
        return _shared(left, wanted)
    more = _shared(left - sum(words), [w - word for w, word in zip(wanted, words, strict=True)])
    return [word + extra for word, extra in zip(words, more, strict=True)]


def _shared(left: int, wanted: Sequence[int]) -> list[int]:
    """Who wants little gets it, and the others an equal share of what is left."""
    given = [0] * len(wanted)
    for nth, column in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        given[column] = min(wanted[column], left // (len(wanted) - nth))
        left -= given[column]
    return given


def _stacked(rows: list[list[str]], width: int) -> str:
    """For a narrow terminal: a line a field."""
    (severity, *titles), *findings = rows
    blocks = []
    for what, *fields in findings:
        said = [f"{title}: {field}" for title, field in zip(titles, fields, strict=True)]
        blocks.append("\n".join([*_lines(what, width), *(_indented(s, width) for s in said)]))
    return "\n\n".join([severity, *blocks])


def _indented(text: str, width: int) -> str:
    return indent("\n".join(_lines(one_line(text), width - 2)), "  ")


def _lines(text: str, width: int) -> list[str]:
    """Folded between words, else after a slash, and anywhere when nothing else is left."""
    width = max(width, 1)
    lines = [""]
    for word in re.findall(r"\s*\S+", text):
        pieces = [word] if len(word.lstrip()) <= width else re.findall(r"\s*[^\s/]*/|.+", word)
        for piece in pieces:
            if len(lines[-1] + piece) > width:
                lines.append(piece.lstrip())
            else:
                lines[-1] += piece
            while len(lines[-1]) > width:
                lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return lines if lines[0] else lines[1:] or [""]
