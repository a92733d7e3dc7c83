"""Checks of memory limits: what was killed comes back by itself, and is killed again."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.doctor.check import Answer, Check, Fault
from kestra_provision.doctor.deployment import DEPLOYED, DOCKER
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.stack.service import Service


def _limits(evidence: Evidence) -> Answer:
    stack, short = evidence.stack, list(_short(evidence))
    limits = stack.sizes(evidence.survey.memory_mb)
    if not short:
        told = ", ".join(f"{service.title} {limits[service.name]} MiB" for service in stack.shown)
        return f"{told} {'are' if len(limits) > 1 else 'is'} enough"
    settings = " and ".join(f"{s.memory.setting} above {limits[s.name]}" for s, _ in short)
    return Fault(
        "; ".join(said for _, said in short),
        "it needed more than its limit",
        f"set {settings}, then: {evidence.deploy}",
    )


def _short(evidence: Evidence) -> Iterator[tuple[Service, str]]:
    for service in evidence.stack.services:
        name = service.container
        if times := evidence.traces.killed.get(service.name, 0):
            yield service, f"the kernel killed in {name}, {times} times since yesterday"
        elif evidence.health[service.name].container.oom:
            yield service, f"the kernel killed in {name}: out of memory"
        elif service.name == evidence.logged and (lines := evidence.traces.heap_full):
            yield service, f"{lines} lines of {name}'s log say OutOfMemoryError"


CHECKS = (
    Check(
        "memory limits",
        "exit code 137, OOMKilled, OutOfMemoryError",
        _limits,
        (DEPLOYED, DOCKER),
    ),
)
