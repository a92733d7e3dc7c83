"""All checks in the order of cause and effect."""

from __future__ import annotations

from kestra_provision.doctor import addresses, deployment, host, kestra, memory, outside, services
from kestra_provision.doctor.check import Check
from kestra_provision.services.kestra import NAME
from kestra_provision.stack.stack import Stack


def checks(stack: Stack) -> tuple[Check, ...]:
    """Those of the server, then of the services in the order of their start."""
    rows = [*host.CHECKS, *deployment.CHECKS]
    for service in stack.services:
        if service is stack.main:
            rows += memory.CHECKS
        rows += services.checks(service)
        if service.name == NAME:
            rows += kestra.checks(service)
    way_out, *others = outside.CHECKS
    return (*rows, way_out, addresses.CHECK, *others)
