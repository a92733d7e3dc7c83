"""Every word that the host can say of a service has a meaning, and no meaning is without words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from kestra_provision.doctor.table import checks
from kestra_provision.facts.health import HostHealth, ServiceHealth
from kestra_provision.facts.health_script import health_script
from kestra_provision.health.meaning import Judge
from kestra_provision.profiles import SETTINGS, stack_of
from kestra_provision.stack.question import BASE, Meaning, filled
from kestra_provision.stack.service import Service
from kestra_provision.stack.stack import Stack
from kestra_provision.text.next_command import NextCommand
from tests.health_seen import WELL, seen

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
STACKS: dict[str, Stack] = {
    name: stack_of(each.model_validate({})) for name, each in SETTINGS.items()
}
SERVICES = [
    pytest.param(service, id=f"{name} {service.name}")
    for name, stack in STACKS.items()
    for service in stack.services
]


def said(template: str) -> set[str]:
    """Words that a text sets."""
    return {*re.findall(r"\bstate='?([a-z][a-z-]*)", (TEMPLATES / template).read_text())}


def meanings(service: Service) -> list[Meaning]:
    own = [meaning for question in service.questions for meaning in question.meanings.values()]
    found = [*own, *BASE.values()]
    return [*found, *(meaning.effect for meaning in found if meaning.effect)]


def judge(health: HostHealth) -> Judge:
    return Judge(STACKS["tools"], health, "vps1", NextCommand())


def test_words_of_every_container() -> None:
    # Docker's own words are taken as they are.
    looked = said("scripts/lib/health.sh.j2") | {"running", "restarting", "missing", "unknown"}
    assert looked == {*BASE}


@pytest.mark.parametrize("service", SERVICES)
def test_words_of_a_service(service: Service) -> None:
    own = {word for question in service.questions for word in question.meanings}
    assert own - {*BASE} == said(f"questions/{service.name}.sh.j2") - {*BASE}


@pytest.mark.parametrize("service", SERVICES)
def test_trouble_has_cause_and_fix(service: Service) -> None:
    for meaning in meanings(service):
        assert meaning.ok or (meaning.cause and meaning.fix)


@pytest.mark.parametrize("service", SERVICES)
def test_every_word_in_braces_is_filled(service: Service) -> None:
    for meaning in meanings(service):
        for text in (meaning.cause, meaning.fix):
            assert "{" not in judge(WELL).fill(text, service, "why")


@pytest.mark.parametrize("service", SERVICES)
def test_what_people_see_is_said(service: Service) -> None:
    assert service.symptom
    assert all(question.symptom for question in service.questions)


@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)
def test_rows_of_the_doctor_have_names_of_their_own(stack: Stack) -> None:
    names = [check.name for check in checks(stack)]
    assert len(names) == len({*names})
    before: set[str] = set()
    for check in checks(stack):
        assert {*check.needs} <= before
        before.add(check.name)


def test_a_stack_of_one_service_has_rows_of_its_own_only() -> None:
    tools = STACKS["tools"]
    alone = replace(tools["kestra"], needs=(), database=None)
    stack = replace(tools, services=(alone,))
    names = [check.name for check in checks(stack)]
    assert "PostgreSQL" not in names
    begin = names.index("Kestra")
    assert names[begin : begin + 6] == [
        *("Kestra", "Kestra's ports", "health", "password", "executions", "Docker in tasks")
    ]
    (container, *_) = Judge(stack, seen("kestra", "stopped"), "vps1", NextCommand()).of(alone)
    assert container.meaning.cause == "somebody stopped it, or it ended by itself"


def test_a_service_without_questions_is_judged_by_its_container() -> None:
    tools = STACKS["tools"]
    sidecar = replace(
        tools["postgres"],
        name="sidecar",
        title="Sidecar",
        container="tools-sidecar",
        questions=(),
        needs=("postgres",),
    )
    stack = replace(tools, services=(tools["postgres"], sidecar, tools["kestra"]))
    names = [check.name for check in checks(stack)]
    assert names.index("database login") < names.index("Sidecar") < names.index("Kestra")
    down = seen("postgres", "stopped")
    health = replace(down, services={**down.services, "sidecar": ServiceHealth("missing", "gone")})
    (judged,) = Judge(stack, health, "vps1", NextCommand()).of(sidecar)
    assert (judged.ok, judged.meaning.cause) == (False, "PostgreSQL is stopped")
    script = health_script(stack, "")
    assert "sidecar)" in script
    assert script.count("login_postgres") == 1


def test_braces_of_others_stay() -> None:
    assert filled("{a} {b} {", {"a": "{b}x"}) == "{b}x {b} {"


def test_a_word_that_nobody_knows_is_trouble() -> None:
    kestra = STACKS["tools"]["kestra"]
    (judged,) = judge(seen("kestra", "of-tomorrow", "said by another version")).of(kestra)
    assert not judged.ok
    assert judged.detail == "said by another version"


def test_questions_after_a_bad_answer_are_not_asked() -> None:
    kestra = STACKS["tools"]["kestra"]
    judged = [*judge(seen("kestra", "ports-closed")).of(kestra)]
    assert [each.question.name if each.question else "" for each in judged] == [
        "",
        "Kestra's ports",
    ]
    assert [each.ok for each in judged] == [True, False]


def test_a_login_that_nobody_told_of_is_no_good_answer() -> None:
    silent = replace(WELL["postgres"], answers={})
    health = replace(WELL, services={**WELL.services, "postgres": silent})
    *_, login = judge(health).of(STACKS["tools"]["postgres"])
    assert (login.ok, login.detail) == (False, "the host did not tell")


def test_well_is_a_good_answer_to_all() -> None:
    for service in STACKS["tools"].services:
        judged = [*judge(WELL).of(service)]
        assert all(each.ok for each in judged)
        assert len(judged) == 1 + len(service.questions)
