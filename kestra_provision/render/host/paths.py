"""Every path that a deploy writes, in one list: the stages look at all of them together."""

from __future__ import annotations

from typing import Any

from kestra_provision.render.host import scripts, watch
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack


def managed_paths(settings: Settings, stack: Stack) -> list[str]:
    """Directories and rendered files of all stages.

    One that is missing here is seen all the same, at the price of a channel of its own.
    """
    layout = Layout(settings.root_dir)
    return [
        *(directory.path for directory in stack.directories),
        layout.application,
        layout.compose,
        *(f"{layout.root}/{name}" for name in (*scripts.LIBRARY, *scripts.SCRIPTS)),
        layout.port_map,
        *watch.all_files(settings),
    ]


def paths_arguments(settings: Settings, stack: Stack) -> dict[str, Any]:
    """What the fact `Paths` is asked about all of them."""
    return {
        "paths": managed_paths(settings, stack),
        "record": Layout(settings.root_dir).record,
        "owners": stack.owners,
    }
