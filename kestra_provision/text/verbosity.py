"""-v: how much a command of kestra-provision says."""

from __future__ import annotations

import click

#: Where the command line keeps it, in click's `Context.meta`.
VERBOSITY = "kestra_provision.verbosity"


def verbosity() -> int:
    """How many times `-v` was given."""
    context = click.get_current_context(silent=True)
    return int(context.meta.get(VERBOSITY, 0)) if context else 0
