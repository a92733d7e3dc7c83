"""Checks of what only Kestra has: an API that knows its password, and tasks."""

from __future__ import annotations

from collections.abc import Iterator

from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.deployment import ENV
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.doctor.services import last
from kestra_provision.health.api import EXECUTIONS
from kestra_provision.health.check import Check as Asked
from kestra_provision.remote.http import NO_FORWARDING
from kestra_provision.services.kestra import NAME
from kestra_provision.stack.service import Service


def checks(service: Service) -> Iterator[Check]:
    """More rows of Kestra's."""
    symptom = "401, or no question for a password at all"
    yield Check("password", symptom, _password, (last(service), ENV))
    symptom = "executions stay CREATED"
    yield Check(EXECUTIONS, symptom, _executions, ("password",))
    symptom = "docker.sock: permission denied in a task"
    yield Check("Docker in tasks", symptom, _tasks, (service.title,))


def _password(evidence: Evidence) -> Answer:
    about_it = [check for check in evidence.api if check.name != EXECUTIONS]
    wrong = next((check for check in about_it if not check.ok), None)
    if not about_it:
        return Untold("not asked")
    if wrong is None:
        return "401 without it, 200 with the one in .env"
    if NO_FORWARDING in wrong.detail:
        return Untold(wrong.detail)
    return _fault(evidence, wrong, f"{wrong.name}: {wrong.detail}")


def _executions(evidence: Evidence) -> Answer:
    told = next((check for check in evidence.api if check.name == EXECUTIONS), None)
    if told is None:
        return Untold("not asked")
    return told.detail if told.ok else _fault(evidence, told, told.detail)


def _fault(evidence: Evidence, wrong: Asked, finding: str) -> Fault:
    return Fault(finding, wrong.cause, evidence.judge.fill(wrong.fix, evidence.stack[NAME]))


def _tasks(evidence: Evidence) -> Answer:
    if not (lines := evidence.traces.docker_wanted):
        return "; ".join(evidence.stack.warns) or "no task asked for it"
    finding = f"{lines} lines of Kestra's log name docker.sock"
    if evidence.settings.script_tasks == "process":
        return Fault(
            finding,
            "a task runs in Docker, and Kestra does not get docker.sock: with it, who writes a "
            "flow is root on the host",
            "take taskRunner out of the task: then it runs in Kestra's container; or see "
            "docs/script-tasks.md",
        )
    cause = "Docker was away, or Kestra's user may not use its socket any more"
    return Fault(finding, cause, evidence.deploy)
