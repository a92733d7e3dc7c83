"""Checks of memory limits: what was killed comes back by itself, and is killed again."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.doctor.check import Answer, Check, Fault
from kestra_provision.doctor.container import Service, seen
from kestra_provision.doctor.deployment import DOCKER
from kestra_provision.doctor.evidence import Evidence

_SERVICES: tuple[Service, ...] = ("postgres", "kestra")


def _limits(evidence: Evidence) -> Answer:
    short = list(_short(evidence))
    limits = evidence.stack.sizes(evidence.survey.memory_mb)
    if not short:
        return f"Kestra {limits['kestra']} MiB, PostgreSQL {limits['postgres']} MiB are enough"
    settings = " and ".join(f"{service}_memory_mb above {limits[service]}" for service, _ in short)
    return Fault(
        "; ".join(said for _, said in short),
        "it needed more than its limit",
        f"set {settings}, then: {evidence.deploy}",
    )


def _short(evidence: Evidence) -> Iterator[tuple[Service, str]]:
    for service in _SERVICES:
        name = evidence.stack.containers[service]
        if times := evidence.traces.killed.get(service, 0):
            yield service, f"the kernel killed in {name}, {times} times since yesterday"
        elif seen(evidence, service).oom:
            yield service, f"the kernel killed in {name}: out of memory"
        elif service == "kestra" and (lines := evidence.traces.heap_full):
            yield service, f"{lines} lines of {name}'s log say OutOfMemoryError"


CHECKS = (Check("memory limits", "exit code 137, OOMKilled, OutOfMemoryError", _limits, (DOCKER,)),)
