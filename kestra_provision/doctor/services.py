"""Rows of any service: whether its container is Up, then what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from kestra_provision.doctor.check import Answer, Check, Fault, Untold
from kestra_provision.doctor.deployment import DEPLOYED, DOCKER, ENV
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.health.meaning import Judged, sentence
from kestra_provision.stack.question import STRANGER, Question
from kestra_provision.stack.service import Service


def checks(service: Service) -> Iterator[Check]:
    """The rows of a service; each needs the one before it, of which a login is none."""
    yield Check(service.title, service.symptom, partial(_container, service), (DEPLOYED, DOCKER))
    before = service.title
    if service.keeps:
        symptom = "flows are gone after a new start"
        yield Check("data", symptom, partial(_data, service), (before,))
    for question in service.questions:
        needs = (before, ENV) if question.asks else (before,)
        look = partial(_question, service, question)
        yield Check(question.name, question.symptom, look, needs)
        before = before if question.asks else question.name


def last(service: Service) -> str:
    """The last row of a service of which no login is asked."""
    return service.questions[-1].name if service.questions else service.title


def _data(service: Service, evidence: Evidence) -> Answer:
    """A server that has its file open runs on without it, to its next stop."""
    store = service.store
    if store is None or store.path in evidence.survey.data_files:
        return service.keeps
    return Fault(
        f"{store.path} is gone under a {service.title} that runs",
        "it was deleted; all that is in it is lost when the container stops",
        f"stop nothing, and save the flows first: {evidence.day_two('open')}",
    )


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
    meaning = judged.meaning
    return Fault(finding, meaning.cause, meaning.fix, meaning.symptom)
