"""Judges whether script tasks could have a Docker of their own on a host."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.facts.rootless import FORBIDS, TUN, RootlessSeen
from kestra_provision.settings import Problem

_OTHERWISE = "or set script_tasks to another word"


def judge_rootless(seen: RootlessSeen) -> Iterator[Problem]:
    """What its container would only tell in its log, while it starts again and again."""
    if not seen.tun:
        yield Problem(
            f"{TUN} is not there, and script_tasks = 'docker' needs it for the network of tasks",
            "the host's kernel",
            f"on the host: modprobe tun; {_OTHERWISE}",
        )
    for name in seen.forbidden:
        other = "1" if FORBIDS[name] == "0" else "0"
        value = "28633" if name.startswith("user.max") else other
        yield Problem(
            f"{name} = {FORBIDS[name]} lets nobody make a user namespace, and script_tasks = "
            "'docker' needs one",
            "sysctl on the host",
            f"on the host: echo '{name} = {value}' > /etc/sysctl.d/60-script-tasks.conf; "
            f"sysctl --system; that is for all programs there, {_OTHERWISE}",
        )
