"""One accident is one drift, and what follows from it is shown and not counted."""

from __future__ import annotations

from kestra_provision.drift.advice import advice, counts
from kestra_provision.drift.effects import effects_named
from kestra_provision.drift.report import Finding, HostReport, Report
from kestra_provision.drift.text import render
from tests.unit.drift_reports import DEPLOY, drifted

KESTRA, POSTGRES = "container tools-kestra", "container tools-kestra-postgres"
LOST = "tools-kestra without its database"


def report(*found: tuple[str, str, str, str]) -> HostReport:
    """Of findings by stage, what, actual and repair."""
    findings = [drifted(what, "-", actual, stage, by) for stage, what, actual, by in found]
    return HostReport("vps1", tuple(effects_named(findings)))


def follows(host: HostReport) -> list[str]:
    return [f.follows for f in host.findings]


def test_frozen_database_is_one_drift() -> None:
    host = report(
        ("stack", POSTGRES, "is paused", DEPLOY),
        ("health", POSTGRES, "is paused", DEPLOY),
        ("health", LOST, "its container is Up", DEPLOY),
    )
    assert follows(host) == ["", POSTGRES, POSTGRES]
    assert counts(host) == "1 drifted"
    shown = Report((host,), "2026-01-31T12:00:00Z")
    assert advice(shown).sentence == "repairs everything that drifted."
    assert "(follows from container" in render(shown)


def test_database_that_refuses_everybody_is_the_cause() -> None:
    host = report(("health", "connections", "no", DEPLOY), ("health", LOST, "Up", DEPLOY))
    assert follows(host) == ["", "connections"]


def test_other_causes_stand_for_themselves() -> None:
    host = report(
        ("stack", KESTRA, "is exited", DEPLOY),
        ("health", POSTGRES, "has exited", DEPLOY),
        ("watch", KESTRA, "another stage", DEPLOY),
    )
    assert counts(host) == "3 drifted"


def test_what_needs_a_person_is_never_an_effect() -> None:
    host = report(
        ("stack", KESTRA, "is restarting", DEPLOY),
        (
            "health",
            KESTRA,
            "restarts again and again",
            "kestra-provision logs vps1",
        ),
    )
    assert counts(host) == "2 drifted"


def test_notice_of_the_stack_is_no_cause() -> None:
    notice = Finding("notice", "stack", KESTRA, "-", "restarted 1 times", "")
    failing = drifted(KESTRA, "healthy", "is paused", "health")
    assert [f.follows for f in effects_named([notice, failing])] == ["", ""]


def test_what_a_stopped_docker_does_not_tell_follows_from_it() -> None:
    """It may well be there: a container lives on without its daemon."""
    stopped = drifted("service docker", "runs", "does not run", "docker")
    behind = [
        drifted("image postgres:17", "on the host", "missing", "images"),
        drifted(KESTRA, "runs as declared", "does not exist", "stack"),
        drifted(LOST, "healthy", "Docker does not tell", "health"),
    ]
    file = drifted("/opt/kestra/compose.yaml", "as rendered", "other content", "files")
    told = effects_named([stopped, *behind, file], docker_silent=True)
    assert [f.follows for f in told] == ["", *["service docker"] * 3, ""]
    assert [f.follows for f in effects_named([stopped, *behind])][:3] == [""] * 3
