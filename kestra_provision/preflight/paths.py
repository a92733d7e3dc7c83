"""Judges what lies where a deploy writes: what is not ours may be dear to somebody."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from kestra_provision import HEADER
from kestra_provision.facts.paths import PathsSeen, PathState
from kestra_provision.facts.survey import HostSurvey
from kestra_provision.render.host.paths import written_paths
from kestra_provision.settings import Problem, Settings
from kestra_provision.stack.layout import Layout
from kestra_provision.stack.stack import Stack
from kestra_provision.status.deployed import is_known
from kestra_provision.text.words import enumerated


def judge_paths(
    settings: Settings, stack: Stack, seen: PathsSeen, survey: HostSurvey
) -> list[Problem]:
    """What no deploy may replace or make its own, of all that one writes.

    + seen: the state of `written_paths`
    """
    return [
        *in_the_way(seen, written_paths(settings, stack, survey.systemd)),
        *_somebody_elses(stack, seen, survey),
    ]


def in_the_way(seen: PathsSeen, wanted: Mapping[str, str]) -> list[Problem]:
    """What cannot be made without removing something else.

    + wanted: by path the kind, as `PathState.in_the_way` has it
    """
    return [
        Problem(f"{path} {what}", f"{path} on the host", _way_out(path, seen.states[path]))
        for path, kind in wanted.items()
        if path in seen.states and (what := seen.states[path].in_the_way(kind))
    ]


def _way_out(path: str, state: PathState) -> str:
    file = shlex.quote(path)
    if state.link and state.kind == "file":
        return f'put the file itself there: cp --remove-destination "$(readlink -f {file})" {file}'
    return f"move it away: mv {file} {shlex.quote(f'{path}.old')}"


def _somebody_elses(stack: Stack, seen: PathsSeen, survey: HostSurvey) -> Iterator[Problem]:
    """A `.env`, or a whole directory, in which nothing is ours.

    A `.env` with a key of ours is one that somebody prepared, or an earlier set-up's. A run that
    was killed may have left directories, and no file in them.
    """
    root, env = stack.root, Layout(stack.root).env
    adopt = f"or make it ours: echo '# {HEADER}' >> {shlex.quote(env)}"
    state = seen.states.get(env)
    strange = state is not None and state.stranger and not survey.env_names
    if strange:
        yield Problem(
            f"{env} is not ours: neither our mark nor a key of ours is in it",
            f"{env} on the host",
            f"move it away: mv {shlex.quote(env)} {shlex.quote(f'{env}.old')}; {adopt}",
        )
    inside = (state for path, state in seen.states.items() if path.startswith(f"{root}/"))
    ours = [
        state for state in inside if state.kind == "file" and not (state.stranger or state.empty)
    ]
    if not (survey.strays and not ours and not survey.env_names) or is_known(stack, survey):
        return
    away = f"mv {shlex.quote(root)} {shlex.quote(f'{root}.old')}"
    yield Problem(
        f"{root} holds files, and none is ours: {enumerated(survey.strays)}",
        "root_dir",
        f"set root_dir to another directory, or move that one away: {away}; {adopt}",
    )
