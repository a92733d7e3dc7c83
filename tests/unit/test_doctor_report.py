"""What the doctor prints, and what its exit code says."""

from __future__ import annotations

import json

import pytest

from kestra_provision.doctor.check import Checked, run
from kestra_provision.doctor.report import Diagnosis, HostDiagnosis
from kestra_provision.doctor.text import render
from tests.unit.doctor_evidence import CHECKS, HEALTHY, with_postgres
from tests.unit.doctor_faults import FIRES

GOOD = HostDiagnosis("good", run(CHECKS, HEALTHY))
BAD = HostDiagnosis("bad", run(CHECKS, with_postgres("stopped")))
GONE = HostDiagnosis("gone", reason="not reached: timed out")
HALF = HostDiagnosis("half", (Checked("password", "401", "unknown", "not asked"),))


@pytest.mark.parametrize(
    ("hosts", "result", "code"),
    [
        ((GOOD,), "ok", 0),
        ((GOOD, BAD), "findings", 2),
        ((BAD, GONE), "unknown", 1),
        ((GOOD, HALF), "unknown", 1),
    ],
)
def test_exit_code(hosts: tuple[HostDiagnosis, ...], result: str, code: int) -> None:
    diagnosis = Diagnosis(hosts)
    assert (diagnosis.result, diagnosis.exit_code) == (result, code)


def test_json_has_every_check() -> None:
    shown = json.loads(json.dumps(Diagnosis((BAD, GONE)).as_json()))
    assert (shown["version"], shown["result"], shown["exit_code"]) == (1, "unknown", 1)
    bad, gone = shown["hosts"]
    assert [check["name"] for check in bad["checks"]] == [check.name for check in CHECKS]
    (found,) = [check for check in bad["checks"] if check["result"] == "finding"]
    assert set(found) == {"name", "symptom", "result", "finding", "cause", "fix"}
    assert gone == {
        "name": "gone",
        "result": "unknown",
        "reason": "not reached: timed out",
        "checks": [],
    }


def test_text_of_a_finding_has_symptom_cause_and_fix() -> None:
    shown = render(Diagnosis((BAD,)))
    assert "bad: 1 finding" in shown
    assert (
        "✗ PostgreSQL       tools-kestra-postgres is stopped: the container is exited, exit code 0"
        in shown
    )
    assert "    you see  Kestra answers 500, then nothing" in shown
    assert "    cause    somebody stopped it, or it ended by itself" in shown
    assert "    fix      kestra-provision start vps1" in shown
    assert "\N{EN DASH} connections      not asked, because of PostgreSQL" in shown
    assert "✓ disk " in shown


def test_text_of_a_healthy_and_of_an_unreachable_host() -> None:
    shown = render(Diagnosis((GOOD, GONE)))
    assert "good: nothing found" in shown
    assert "✗" not in shown
    assert "gone: could not be asked\n  not reached: timed out" in shown


def test_words_of_a_host_cannot_steer_the_terminal() -> None:
    host = HostDiagnosis("x", (Checked("disk", "full", "finding", "a\x1b[2Jb\nc", "d", "e"),))
    assert "\x1b" not in render(Diagnosis((host,)))
    assert "b c" in render(Diagnosis((host,)))


def test_no_secret_of_env_is_in_any_diagnosis() -> None:
    for evidence, *_ in FIRES.values():
        assert "Obviously-fake" not in str(run(CHECKS, evidence))
