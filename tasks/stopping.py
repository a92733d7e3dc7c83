"""The stack is stopped without losing work."""

from kestra_provision.operations import runbook, stopping
from kestra_provision.profiles import stack_of
from kestra_provision.run.options import Stop
from kestra_provision.runbook.beside import beside
from kestra_provision.runbook.steps import Steps
from kestra_provision.settings import Settings


def stop_stack(settings: Settings, options: Stop, step: Steps, stays: bool = False) -> None:
    """Running executions end, then Kestra, then what it needs where that was asked for.

    + stays: it shall stay stopped

    It is no @deploy, because its operations are named as steps of the runbook that calls it.
    """
    stack = stack_of(settings)
    stopping.drained(
        name=step("running executions end"),
        settings=settings,
        stack=stack,
        timeout=options.drain_timeout,
    )
    stopping.stopped(
        name=step(f"{stack.main.title} stops"),
        stack=stack,
        service=stack.main.name,
        stays=stays,
    )
    for each in beside(stack, options):
        name = step(f"{each.title} stops")
        if each.skipped:
            runbook.announced(name=name, skipped=each.skipped)
        else:
            stopping.stopped(name=name, stack=stack, service=each.service, stays=stays)
