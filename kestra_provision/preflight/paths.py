"""Judges what lies where a deploy writes: a thing of another kind may be dear to somebody."""

from __future__ import annotations

from collections.abc import Mapping

from kestra_provision.facts.paths import PathsSeen
from kestra_provision.render.host.paths import managed_paths
from kestra_provision.settings import Problem, Settings
from kestra_provision.stack.stack import Stack


def judge_paths(settings: Settings, stack: Stack, seen: PathsSeen) -> list[Problem]:
    """What no deploy may replace, of all that one writes.

    + seen: the state of `managed_paths`
    """
    folders = {directory.path for directory in stack.directories}
    wanted = {p: "directory" if p in folders else "file" for p in managed_paths(settings, stack)}
    return in_the_way(seen, wanted)


def in_the_way(seen: PathsSeen, wanted: Mapping[str, str]) -> list[Problem]:
    """The same for some paths.

    + wanted: `directory` or `file` by path
    """
    return [
        Problem(f"{path} {what}", f"{path} on the host", f"move it away: mv {path} {path}.old")
        for path, kind in wanted.items()
        if path in seen.states and (what := seen.states[path].in_the_way(kind))
    ]
