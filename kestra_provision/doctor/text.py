"""A diagnosis for the terminal: a line a check, and a block for each finding."""

from __future__ import annotations

import os
import sys

import click

from kestra_provision.doctor.check import Checked, Result
from kestra_provision.doctor.report import Diagnosis, HostDiagnosis
from kestra_provision.text.words import one_line, plural

_MARKS: dict[Result, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "finding": ("✗", "red"),
    "unknown": ("\N{EN DASH}", "yellow"),
}


def render(diagnosis: Diagnosis) -> str:
    """Each host with its checks; coloured on a terminal only."""
    shown = "\n\n".join(_host(host) for host in diagnosis.hosts)
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return shown if coloured else click.unstyle(shown)


def _host(host: HostDiagnosis) -> str:
    if host.reason:
        return f"{one_line(host.name)}: could not be asked\n  {one_line(host.reason)}"
    said = {
        "ok": "nothing found",
        "findings": plural(len(host.findings), "finding"),
        "unknown": "not everything could be asked",
    }[host.result]
    width = max(len(check.name) for check in host.checks)
    lines = [_check(check, width) for check in host.checks]
    return "\n".join([f"{click.style(one_line(host.name), bold=True)}: {said}", "", *lines])


def _check(check: Checked, width: int) -> str:
    mark, colour = _MARKS[check.result]
    line = f"{click.style(mark, fg=colour)} {check.name.ljust(width)}  {one_line(check.finding)}"
    if check.result != "finding":
        return line
    details = (("you see", check.symptom), ("cause", check.cause), ("fix", check.fix))
    return "\n".join([line, *(f"    {title:<8} {one_line(text)}" for title, text in details)])
