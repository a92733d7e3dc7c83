"""-v of a command of kestra-provision is pyinfra's."""

from __future__ import annotations

import logging

from pyinfra.api.state import State
from pyinfra_cli.log import setup_logging

from kestra_provision.text.verbosity import verbosity


def be_verbose(state: State) -> None:
    """Shows as much as pyinfra does: with one `-v` questions, with two commands, three: answers."""
    level = verbosity()
    if not level:
        return
    state.print_noop_info = state.print_fact_info = True
    state.print_input, state.print_output = level > 1, level > 2
    setup_logging(logging.INFO)
