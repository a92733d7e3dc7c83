"""Every check of the doctor fires on its trouble, and on nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kestra_provision.doctor.check import Checked, run
from kestra_provision.doctor.evidence import CLOSED, Evidence, Reply
from kestra_provision.doctor.table import CHECKS
from tests.unit.doctor_evidence import DEPLOY, HEALTHY, with_postgres, with_survey
from tests.unit.doctor_faults import EFFECTS, FINE, FIRES, NGINX, closed


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


@pytest.mark.parametrize(
    ("status", "word"),
    [("exited", "PostgreSQL is stopped"), ("paused", "PostgreSQL is frozen")],
)
def test_closed_ports_name_the_database(status: str, word: str) -> None:
    found = findings(closed(with_postgres(status=status)))
    assert list(found) == ["PostgreSQL", "Kestra's ports"]
    assert found["Kestra's ports"].finding == (
        f"tools-kestra's container is Up, its ports 8080 and 8081 are closed: {word}"
    )


def test_restart_loop_without_a_database_is_its_effect() -> None:
    broken = with_postgres(status="exited")
    kestra = replace(broken.health.kestra, status="restarting", restarts=4)
    found = findings(replace(broken, health=replace(broken.health, kestra=kestra)))
    assert found["Kestra"].cause == "PostgreSQL is stopped"
    assert found["Kestra"].fix == DEPLOY


def test_ports_of_a_host_without_docker_are_not_called_a_strangers() -> None:
    proxy = replace(NGINX, holder="docker-proxy (pid 9)")
    found = findings(with_survey(docker=None, listeners=(proxy,)))
    assert list(found) == ["Docker"]


def test_what_cannot_be_asked_says_because_of_what() -> None:
    checked = {c.name: c for c in run(CHECKS, FIRES["Docker stopped"][0])}
    assert checked["PostgreSQL"].finding == "not asked, because of Docker"
    assert checked["database login"].result == "unknown"
    assert {checked[name].result for name in ("disk", "clock", ".env", "storage")} == {"ok"}


def test_ssh_server_without_forwarding_is_no_closed_port() -> None:
    reply = Reply(CLOSED, "the SSH server forwards no connections; set AllowTcpForwarding local")
    checked = {c.name: c for c in run(CHECKS, replace(HEALTHY, ui=reply, management=reply, api=()))}
    assert checked["Kestra's ports"].result == "unknown"
    assert "AllowTcpForwarding" in checked["Kestra's ports"].finding
