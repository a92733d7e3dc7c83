"""Which findings only show the effect of another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kestra_provision.drift.report import Finding
from kestra_provision.health.verdict import WITHOUT
from kestra_provision.kestra.synced import SILENT

#: As `operations.daemon.started` names it.
_DOCKER = "service docker"
#: Stages that ask Docker, and read a daemon that is silent as nothing there.
_BEHIND_DOCKER = ("images", "stack", "health", "flows")
#: Stages that a container or its health may be the cause for.
_BEHIND_STACK = ("stack", "health")


def effects_named(found: Iterable[Finding], docker_silent: bool = False) -> list[Finding]:
    """The same findings; those that follow from an earlier one say so.

    + docker_silent: Docker does not run, and what it has may well be there

    None is left out, because each stage of the plan is in the report. One that needs a person is
    never called an effect.
    """
    causes: set[str] = set()
    said: list[Finding] = []
    for f in found:
        follows = ""
        if docker_silent and f.by_deploy and f.stage in _BEHIND_DOCKER:
            follows = _DOCKER
        elif f.stage == "health" and f.by_deploy:
            if f.what in causes:
                follows = f.what
            elif WITHOUT in f.what and said:
                follows = said[-1].follows or said[-1].what
        elif f.stage == "flows" and f.by_deploy and f.actual.startswith(SILENT):
            follows = next((s.follows or s.what for s in said if s.stage in _BEHIND_STACK), "")
        elif f.stage == "stack" and f.severity == "drift":
            causes.add(f.what)
        said.append(replace(f, follows=follows))
    return said
