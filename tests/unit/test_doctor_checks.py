"""Every check of the doctor fires on its trouble, and on nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kestra_provision.doctor.check import Checked, run
from kestra_provision.doctor.evidence import Evidence
from kestra_provision.facts.platform import Platform
from kestra_provision.health.check import Check
from tests.health_seen import seen
from tests.tools_secrets import TOOLS_SECRETS
from tests.unit.doctor_evidence import CHECKS, DEPLOY, HEALTHY, env, with_postgres, with_survey
from tests.unit.doctor_faults import EFFECTS, FINE, FIRES, NGINX

NONE = dict.fromkeys(TOOLS_SECRETS, "")


def findings(evidence: Evidence) -> dict[str, Checked]:
    return {c.name: c for c in run(CHECKS, evidence) if c.result == "finding"}


@pytest.mark.parametrize("name", FIRES)
def test_fires(name: str) -> None:
    evidence, check, finding, fix = FIRES[name]
    found = findings(evidence)
    assert check in found, found
    assert finding in found[check].finding
    assert fix in found[check].fix
    assert found[check].cause
    assert found[check].symptom


@pytest.mark.parametrize("name", FIRES)
def test_nothing_but_it_fires(name: str) -> None:
    evidence, check, *_ = FIRES[name]
    assert set(findings(evidence)) - {check} == EFFECTS.get(name, set())


@pytest.mark.parametrize("name", FINE)
def test_does_not_fire(name: str) -> None:
    results = {check.name: check.result for check in run(CHECKS, FINE[name])}
    assert set(results.values()) == {"ok"}, results


def test_every_check_is_in_the_table() -> None:
    assert {check for _, check, *_ in FIRES.values()} == {check.name for check in CHECKS}


def test_needs_name_earlier_checks() -> None:
    before: set[str] = set()
    for check in CHECKS:
        assert set(check.needs) <= before, check.name
        assert check.name not in before
        before.add(check.name)


@pytest.mark.parametrize(("service", "title"), [("kestra", "Kestra"), ("postgres", "PostgreSQL")])
def test_what_serves_is_not_said_to_be_away(service: str, title: str) -> None:
    """Docker's own check of it fails, and people see nothing of that but in Docker's table."""
    found = findings(replace(HEALTHY, health=seen(service, "check-fails")))
    assert found[title].symptom == "docker ps says unhealthy, and it answers"


@pytest.mark.parametrize("word", ["stopped", "frozen"])
def test_closed_ports_name_the_database(word: str) -> None:
    health = seen("kestra", "ports-closed", base=with_postgres(word).health)
    found = findings(replace(HEALTHY, health=health, api=()))
    assert list(found) == ["PostgreSQL", "Kestra's ports"]
    closed = found["Kestra's ports"]
    assert closed.cause.startswith("Kestra closes its ports when it loses its database")
    assert closed.fix == DEPLOY


@pytest.mark.parametrize(
    ("word", "row"),
    [("restart-loop", "Kestra"), ("missing", "Kestra"), ("not-answering", "health")],
)
def test_trouble_of_the_database_is_the_cause(word: str, row: str) -> None:
    health = seen("kestra", word, base=with_postgres("stopped").health)
    found = findings(replace(HEALTHY, health=health, api=()))
    assert found[row].cause == "PostgreSQL is stopped"
    assert found[row].fix.startswith(DEPLOY)


def test_frozen_container_has_a_cause_of_its_own() -> None:
    health = seen("kestra", "frozen", base=with_postgres("stopped").health)
    assert findings(replace(HEALTHY, health=health, api=()))["Kestra"].cause == (
        "somebody ran docker pause"
    )


def test_ports_of_a_host_without_docker_are_not_called_a_strangers() -> None:
    proxy = replace(NGINX, holder="docker-proxy (pid 9)")
    found = findings(with_survey(docker=None, listeners=(proxy,)))
    assert list(found) == ["Docker"]


def test_what_cannot_be_asked_says_because_of_what() -> None:
    checked = {c.name: c for c in run(CHECKS, FIRES["Docker stopped"][0])}
    assert checked["PostgreSQL"].finding == "not asked, because of Docker"
    assert checked["database login"].result == "unknown"
    assert {checked[name].result for name in ("disk", "clock", ".env", "storage")} == {"ok"}


def test_ssh_server_without_forwarding_says_nothing_of_the_password() -> None:
    said = "the SSH server forwards no connections; set AllowTcpForwarding local"
    api = (Check("API", False, said, "tools-kestra", fatal=True),)
    checked = {c.name: c for c in run(CHECKS, replace(HEALTHY, api=api))}
    assert checked["password"].result == "unknown"
    assert "AllowTcpForwarding" in checked["password"].finding


def test_docker_is_looked_at_where_nothing_was_deployed() -> None:
    bare = replace(HEALTHY, traces=replace(HEALTHY.traces, deployed=False), env=env("", **NONE))
    said = "failed to start daemon: no such device"
    dead = replace(HEALTHY.survey, docker=None, containers=(), platform=Platform(said=(said,)))
    found = findings(replace(bare, survey=dead))
    assert list(found) == ["deployed", "Docker"]
    assert found["Docker"].cause == f"it says: {said}"
    survey = replace(HEALTHY.survey, containers=(), platform=Platform(lost_rules=("forwarding",)))
    assert list(findings(replace(bare, survey=survey))) == ["deployed", "firewall rules"]
    results = {
        c.name: c for c in run(CHECKS, replace(bare, survey=replace(dead, docker_client=False)))
    }
    assert results["Docker"].result == "unknown"
    assert "a deploy installs it" in results["Docker"].finding
