"""The files of `templates/`, rendered for a host."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from kestra_provision import CONFIG_LABEL, HEADER, LABEL, MEMORY_LABEL, PIDS_LABEL
from kestra_provision.project import path
from kestra_provision.stack import limits

TEMPLATES = path("templates")


def render(template: str, **values: object) -> str:
    """A file of `templates/` by its name there, with these values."""
    return (
        _environment(TEMPLATES)
        .get_template(template)
        .render(
            header=HEADER,
            label=LABEL,
            config_label=CONFIG_LABEL,
            memory_label=MEMORY_LABEL,
            pids_label=PIDS_LABEL,
            limits=limits,
            **values,
        )
    )


@cache
def _environment(folder: Path) -> jinja2.Environment:
    """One for all: it keeps what it compiled, and each host wants the same forty templates."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,
    )
