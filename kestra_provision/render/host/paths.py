"""Every path that a deploy writes, in one list: the stages look at all of them together."""

from __future__ import annotations

from typing import Any

from kestra_provision.docker.environment import DAEMON_JSON
from kestra_provision.facts.apt_proxy import APT_PROXY
from kestra_provision.render.host import scripts, watch
from kestra_provision.settings import Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack


def managed_paths(settings: Settings, stack: Stack) -> list[str]:
    """Directories and files of ours, of all stages.

    One that is missing here is seen all the same, at the price of a channel of its own.
    """
    layout = Layout(settings.root_dir)
    return [
        *(directory.path for directory in stack.directories),
        layout.record,
        layout.application,
        layout.flow_secrets,
        *([layout.logback] if settings.kestra_json_logs else []),
        layout.compose,
        *(f"{layout.root}/{name}" for name in (*scripts.LIBRARY, *scripts.SCRIPTS)),
        layout.port_map,
        *watch.all_files(settings),
        *([APT_PROXY] if settings.http_proxy else []),
    ]


def shared_files(settings: Settings) -> list[str]:
    """Files that others write too: a deploy sees to what is its own in them.

    The manifest is none of them here: it is written through a link, and judged by what it says.
    """
    return [Layout(settings.root_dir).env, DAEMON_JSON]


def written_paths(settings: Settings, stack: Stack, systemd: bool) -> dict[str, str]:
    """What a deploy writes, with the kind of each: `directory`, `file` or `shared`.

    + systemd: whether the host has it
    """
    folders = {directory.path for directory in stack.directories}
    left_alone = watch.left_alone(settings, systemd)
    return {
        **{
            path: "directory" if path in folders else "file"
            for path in managed_paths(settings, stack)
            if path not in left_alone
        },
        **dict.fromkeys(shared_files(settings), "shared"),
    }


def paths_arguments(settings: Settings, stack: Stack) -> dict[str, Any]:
    """What the fact `Paths` is asked about all of them."""
    return {
        "paths": managed_paths(settings, stack),
        "record": Layout(settings.root_dir).record,
        "owners": stack.owners,
        "shared": shared_files(settings),
    }
