"""A plan for the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import click

from kestra_provision.plan.report import File, HostPlan, Operation, Plan
from kestra_provision.plan.words import end, of_host
from kestra_provision.text.words import one_line, printable

_COLOURS = {"unchanged": "green", "changes": "yellow"} | dict.fromkeys(
    ("fails", "refused", "unknown"), "red"
)
_OF_A_LINE = {"+": "green", "-": "red", "@": "cyan"}


def render(plan: Plan) -> str:
    """Each host with what is done there, the lines of its files and what happens to what runs."""
    shown = "\n\n".join([*("\n".join(_host(host)) for host in plan.hosts), end(plan)])
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return shown if coloured else click.unstyle(shown)


def _host(host: HostPlan) -> Iterator[str]:
    result = click.style(host.result, fg=_COLOURS[host.result], bold=True)
    yield f"{click.style(one_line(host.name), bold=True)}: {result}"
    for said in (*host.refused, *([host.reason] if host.reason else [])):
        yield f"  {one_line(said)}"
    for said in host.warnings:
        yield click.style(f"  {one_line(said)}", fg="red", bold=True)
    if host.settings:
        yield ""
    for setting in host.settings:
        yield f"  {one_line(f'{setting.name}: {setting.before} -> {setting.after}')}"
    for operation in host.operations:
        yield from _operation(operation)
    for file in host.files:
        yield from _file(file)
    if host.fails:
        yield ""
        said = one_line(f"{host.fails.stage} | {host.fails.operation}: {host.fails.why}")
        yield click.style(f"  the deploy fails at {said}", fg="red", bold=True)
    if host.operations:
        yield ""
        if host.unsure:
            yield f"  {one_line(host.unsure)}"
        yield from (click.style(f"  {one_line(said)}", bold=True) for said in of_host(host))


def _operation(operation: Operation) -> Iterator[str]:
    yield ""
    yield f"  {operation.stage} | {operation.operation}"
    for change in operation.changes:
        yield f"    {one_line(f'{change.what}: {change.actual} -> {change.declared}')}"


def _file(file: File) -> Iterator[str]:
    yield ""
    if file.new:
        yield f"  {one_line(file.path)}: new"
        return
    if not file.diff:
        yield f"  {one_line(file.path)}: only secrets in it, or the ends of its lines"
    for line in file.diff.splitlines():
        yield f"  {click.style(printable(line), fg=_OF_A_LINE.get(line[:1]))}"
