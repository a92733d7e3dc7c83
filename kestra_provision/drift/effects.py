"""Which findings only show the effect of another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kestra_provision.drift.check import Asked
from kestra_provision.drift.report import Finding
from kestra_provision.health.verdict import WITHOUT
from kestra_provision.text.difference import Difference

#: As `operations.daemon.started` names it.
DOCKER = "service docker"
#: Stages that ask Docker, and read a daemon that is silent as nothing there.
_BEHIND_DOCKER = ("images", "stack", "health")


def stops_docker(found: Iterable[Finding | Difference]) -> bool:
    """True where Docker is there and does not run: what it holds may be there, and is not told."""
    found = [*found]
    bare = any(f.what.startswith("package") for f in found)
    return not bare and any(f.what == DOCKER and f.declared == "runs" for f in found)


def docker_is_silent(asked: Iterable[Asked]) -> bool:
    """The same, by what the operations say."""
    return stops_docker(d for each in asked for d in each.differences if each.stage == "docker")


def effects_named(found: Iterable[Finding]) -> list[Finding]:
    """The same findings; those of `health` that follow from an earlier one say so.

    None is left out, because each stage of the plan is in the report. One that needs a person is
    never called an effect.
    """
    findings, causes = [*found], set[str]()
    stopped = stops_docker(f for f in findings if f.stage == "docker")
    said: list[Finding] = []
    for f in findings:
        follows = ""
        if stopped and f.by_deploy and f.stage in _BEHIND_DOCKER:
            follows = DOCKER
        elif f.stage == "health" and f.by_deploy:
            if f.what in causes:
                follows = f.what
            elif WITHOUT in f.what and said:
                follows = said[-1].follows or said[-1].what
        elif f.stage == "stack" and f.severity == "drift":
            causes.add(f.what)
        said.append(replace(f, follows=follows))
    return said
