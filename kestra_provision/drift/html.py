"""A drift report as one file for the browser."""

from __future__ import annotations

from pathlib import Path

import jinja2

from kestra_provision.drift.advice import advice, counts
from kestra_provision.drift.report import Report
from kestra_provision.text.words import plural, printable

_TEMPLATE = "report.html.j2"
#: What needs somebody comes first.
_ORDER = ("drift", "unknown", "clean")


def render_html(report: Report) -> str:
    """All hosts on one page, which loads nothing and runs nothing."""
    return (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            report=report,
            advice=advice(report),
            results={r: [h for h in report.hosts if h.result == r] for r in _ORDER},
            when=report.checked_at.replace("T", " ").replace("Z", " UTC"),
        )
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        # Before it is escaped: most words here are a host's own.
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {"counts": counts, "plural": plural}
    return environment
