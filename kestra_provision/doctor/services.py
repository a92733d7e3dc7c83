"""Rows of any service: whether its container is Up, then what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.deployment import DOCKER, ENV
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.health.meaning import Judged, sentence
from kestra_provision.stack.question import STRANGER, Question
from kestra_provision.stack.service import Service


def checks(service: Service) -> Iterator[Check]:
    """The rows of a service; each needs the one before it, of which a login is none."""
    yield Check(service.title, service.symptom, partial(_container, service), (DOCKER,))
    before = service.title
    if service.keeps:
        yield Check("data", "flows are gone after a new start", lambda _: service.keeps, (before,))
    for question in service.questions:
        needs = (before, ENV) if question.asks else (before,)
        look = partial(_question, service, question)
        yield Check(question.name, question.symptom, look, needs)
        before = before if question.asks else question.name


def last(service: Service) -> str:
    """The row of a service that is fine when all of its rows are."""
    return service.questions[-1].name if service.questions else service.title


def _container(service: Service, evidence: Evidence) -> Answer:
    judged = next(evidence.judge.of(service))
    if judged.word == STRANGER:
        return Untold(f"{service.container} is not ours; see the check `fit`")
    if judged.ok:
        return judged.detail
    fault = _fault(service, judged)
    oom = evidence.health[service.name].container.oom
    if oom and not evidence.judge.trouble(service):
        return Fault(fault.finding, "the kernel killed it for want of memory", fault.fix)
    return fault


def _question(service: Service, question: Question, evidence: Evidence) -> Answer:
    for judged in evidence.judge.of(service):
        if judged.question == question:
            return judged.detail if judged.ok else _fault(service, judged)
    return Untold("not asked")


def _fault(service: Service, judged: Judged) -> Fault:
    told = judged.question is not None and judged.question.asks
    finding = judged.detail if told else sentence(service.container, judged.word, judged.detail)
    return Fault(finding, judged.meaning.cause, judged.meaning.fix)
