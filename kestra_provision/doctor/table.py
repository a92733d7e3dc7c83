"""All checks in the order of cause and effect."""

from __future__ import annotations

from kestra_provision.doctor import database, deployment, host, kestra, memory

CHECKS = (
    *host.CHECKS,
    *deployment.CHECKS,
    *database.CHECKS,
    *memory.CHECKS,
    *kestra.CHECKS,
)
