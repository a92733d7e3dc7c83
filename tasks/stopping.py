"""The stack is stopped without losing work."""

from kestra_provision.operations import runbook, stopping
from kestra_provision.run.options import Stop
from kestra_provision.runbook.steps import Steps
from kestra_provision.settings import Settings


def stop_stack(settings: Settings, options: Stop, step: Steps) -> None:
    """Running executions end, then Kestra, then PostgreSQL when it was asked for.

    It is no @deploy, because its operations are named as steps of the runbook that calls it.
    """
    stopping.drained(
        name=step("running executions end"), settings=settings, timeout=options.drain_timeout
    )
    stopping.stopped(name=step("Kestra stops"), settings=settings, service="kestra")
    name = step("PostgreSQL stops")
    if options.postgres:
        stopping.stopped(name=name, settings=settings, service="postgres")
    else:
        runbook.announced(name=name, skipped="not asked for (--postgres, or --data postgres=true)")
